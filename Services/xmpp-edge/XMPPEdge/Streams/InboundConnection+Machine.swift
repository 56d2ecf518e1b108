import Logging
import NIOCore
import NetworkKit
import ServiceKit
import TLS
import XML
import XMPPCore

/// Events in, actions out: all of one event are carried out before the next.
extension InboundConnection {
    func handle(_ event: InboundStream.Event) {
        guard !self.isHandling else { return self.events.append(event) }
        self.isHandling = true
        self.step(event)
        while !self.events.isEmpty { self.step(self.events.removeFirst()) }
        self.isHandling = false
    }

    private func step(_ event: InboundStream.Event) {
        var actions: [InboundStream.Action] = []
        self.machine.handle(event, into: &actions)
        for action in actions { self.perform(action) }
    }

    func perform(_ action: InboundStream.Action) {
        switch action {
        case .open(let header): self.writer.open(header)
        case .send(let element): self.writer.write(element)
        case .sendWhitespace: self.writer.writeWhitespace()
        case .closeStream: self.writer.closeStream()
        case .consult(let local, let remote):
            let peer = self.handshake?.peer
            let verdict = self.router.assumeIsolated { $0.verdict(local: local, remote: remote, certificate: peer) }
            self.events.append(.consulted(self.limited(verdict, local: local, remote: remote)))
        case .proveCertificate(let pair): self.proveCertificate(pair)
        case .startTLS: self.startTLS()
        case .restart:
            self.parser.restart(
                limits: self.machine.isEstablished
                    ? self.surroundings.limits.ofStanza : self.surroundings.limits.beforeAuthentication
            )
        case .verifyKey(let pair, let id, let key):
            self.router.assumeIsolated {
                $0.verify(OutboundStream.Verification(pair: pair, streamID: id), key: key, for: self)
            }
        case .checkKey(let pair, let id, let key):
            Task { await self.check(key, pair, id) }
        case .authenticated(let pair, let method): self.authenticated(pair, method)
        case .deliver(let stanza, let pair, let number):
            self.countStanza(stanza.kind)
            self.router.assumeIsolated { $0.route(stanza, pair, Settlement(connection: self, number: number)) }
        case .unaddressable(let stanza, let pair, let number):
            self.countStanza(stanza.kind)
            self.router.assumeIsolated {
                $0.bounceUnaddressable(stanza, pair, Settlement(connection: self, number: number))
            }
        case .carries(let pair): self.carries(pair)
        case .countsFromHere: self.outbox.countsFromHere()
        case .taken(let count): self.taken(count)
        case .startTimer(let timer, let duration): self.startTimer(timer, duration)
        case .refused(let pair, let end):
            self.wasRefused = true
            self.lastRefusal = end
            let facts = self.facts
            self.router.assumeIsolated {
                $0.refused(stream: pair, peer: self.peer, end, answer: "stream error", facts: facts)
            }
        case .reached(let limit, let pair): self.reached(limit, pair)
        case .disconnect(let end): self.disconnect(end)
        }
    }

    func authenticated(_ pair: DomainPair, _ method: AuthenticationMethod) {
        self.parser.setLimits(self.surroundings.limits.ofStanza)
        if self.established.isEmpty { self.surroundings.metrics.inboundStreams.increment() }
        if self.established.updateValue(method, forKey: pair) == nil {
            if let limit = self.router.assumeIsolated({ $0.streamBegan(inbound: pair) }) {
                // Others came while this one negotiated: it was authenticated, and is ended before it carries anything.
                self.limit = limit
                self.uncounted.insert(pair)
                self.events.append(.revoked(pair, limit.streamError))
            }
            let partner = self.router.assumeIsolated { $0.partnerLabel(pair.remote) }
            self.surroundings.metrics.authenticated(.inbound, partner: partner, method: method.rawValue)
        }
        if method == .external { self.watchCertificate() }
        self.surroundings.logger.info(
            "Stream authenticated",
            metadata: [
                "stream.id": "\(self.machine.id)", "stream.direction": "inbound", "peer.domain": "\(pair.remote)",
                "local.domain": "\(pair.local)", "peer.address": "\(self.peer)", "stream.method": "\(method.rawValue)",
                "tls.version": "\(self.handshake?.protocolVersion ?? "none")",
                "tls.dane": "\(self.handshake?.peer?.daneUsage.map { "\($0.rawValue)" } ?? "none")",
                "stream.bidirectional": "\(self.machine.isBidirectional)",
            ]
        )
    }

    /// As the authoritative server: asks whether a key is ours.
    ///
    /// Equal questions are not put together: an answer costs the authority a few microseconds, less than keeping book of them.
    func check(_ key: String, _ pair: DomainPair, _ streamID: String) async {
        let outcome: DialbackOutcome
        if self.checks < self.surroundings.limits.verification.checks {
            self.checks += 1
            outcome = await self.surroundings.dialback.check(key, for: pair, streamID: streamID)
            self.checks -= 1
        } else {
            self.surroundings.metrics.reached(.dialbackChecks)
            outcome = .failed(StanzaError(.resourceConstraint, text: "too many keys are being checked"))
        }
        // Only who was sent one of our keys can show it: a connection that asks about them is of use.
        if outcome == .valid { self.parser.renewStreamBytes() }
        self.handle(.keyChecked(pair, streamID: streamID, outcome))
        self.flush()
    }

    func startTLS() {
        // <proceed/> goes out in the clear, everything after it inside TLS. Nothing is left over: the machine asks for TLS only
        // where <starttls/> was the end of its read, and what is read from now on goes through the handler.
        self.flush()
        guard let context = self.surroundings.tlsContext() else {
            return self.handle(.tlsFailed("there is no certificate"))
        }
        let handler = TLSHandler(context: context, role: .server(requestClientCertificate: true))
        do {
            try self.channel.pipeline.syncOperations.startTLS(handler, leftover: 0)
        } catch {
            self.handle(.tlsFailed("\(error)"))
        }
    }

    func startTimer(_ timer: InboundStream.Timer, _ duration: Duration) {
        self.timers[timer]?.cancel()
        self.timers[timer] = self.surroundings.loop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) {
            self.assumeIsolated { $0.fired(timer) }
        }
    }

    func fired(_ timer: InboundStream.Timer) {
        self.timers[timer] = nil
        if self.isDirectTLS, self.handshake == nil {
            let facts = self.facts
            self.router.assumeIsolated {
                $0.refused(stream: nil, peer: self.peer, .establishmentTimeout, answer: "closed", facts: facts)
            }
            return self.channel.close(promise: nil)
        }
        // What is not read cannot acknowledge.
        if timer == .acknowledgement, self.intake.isPaused {
            return self.startTimer(timer, self.machine.acknowledgementTimeout)
        }
        self.handle(.timerFired(timer))
        self.flush()
    }

    func disconnect(_ end: StreamEnd) {
        self.hasEnded = true
        self.noteEnd(end)
        if !self.established.isEmpty { self.surroundings.metrics.inboundStreams.decrement() }
        if end.isFailure, self.established.isEmpty ? !self.wasRefused : self.lastRefusal != end {
            let facts = self.facts
            let pair = self.established.keys.first ?? self.named
            self.router.assumeIsolated {
                $0.refused(stream: pair, peer: self.peer, end, answer: "stream error", facts: facts)
            }
        }
        self.surroundings.logger.info(
            "Stream ended",
            metadata: [
                "stream.id": "\(self.machine.id)", "stream.direction": "inbound",
                "peer.domain": "\(self.machine.peerDomain ?? "")", "peer.address": "\(self.peer)", "reason": "\(end)",
            ]
        )
        self.flush()
        self.stopCarrying(end)
        // Our half first: closing both while bytes of the peer are unread would take our last words from it.
        self.channel.close(mode: .output, promise: nil)
        self.channel.eventLoop.scheduleTask(in: Self.linger) { [channel] in channel.close(promise: nil) }
    }
}
