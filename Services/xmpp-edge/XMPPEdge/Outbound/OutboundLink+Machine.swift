import Logging
import NIOCore
import NetworkKit
import ServiceKit
import TLS
import XML
import XMPPCore

/// Events in, actions out: all of one event are carried out before the next.
extension OutboundLink {
    func handle(_ event: OutboundStream.Event) {
        guard !self.isHandling else { return self.events.append(event) }
        self.isHandling = true
        self.step(event)
        while !self.events.isEmpty { self.step(self.events.removeFirst()) }
        self.isHandling = false
        if self.negotiation != nil, self.isReady { self.finishNegotiation(nil) }
    }

    private func step(_ event: OutboundStream.Event) {
        var actions: [OutboundStream.Action] = []
        self.machine.handle(event, into: &actions)
        self.test?.note(.machine(event, actions))
        for action in actions { self.perform(action) }
    }

    func perform(_ action: OutboundStream.Action) {
        switch action {
        case .open(let header): self.writer.open(header)
        case .send(let element): self.writer.write(element)
        case .sendWhitespace: self.writer.writeWhitespace()
        case .closeStream: self.writer.closeStream()
        case .restart: self.parser.restart(limits: self.surroundings.limits.beforeAuthentication)
        case .startTLS: self.startTLS()
        case .makeKey(let pair, let streamID):
            Task {
                let key = await self.surroundings.dialback.key(for: pair, streamID: streamID)
                self.handle(.keyMade(key))
                self.flush()
            }
        case .established(let method, let maximumBytes): self.established(method, maximumBytes)
        case .taken(let count): self.taken(count)
        case .deliver(let stanza, let pair, let number):
            self.countStanza(stanza.kind)
            let settlement = Settlement(connection: self, number: number)
            self.streams.assumeIsolated { $0.received(stanza, pair, settlement) }
        case .unaddressable(let stanza, let pair, let number):
            self.countStanza(stanza.kind)
            let settlement = Settlement(connection: self, number: number)
            self.streams.assumeIsolated { $0.receivedUnaddressable(stanza, pair, settlement) }
        case .checkKey(let pair, let streamID, let key): Task { await self.check(key, pair, streamID) }
        case .refused(let pair, let end): self.wasRefused(pair, end)
        case .verified(let verification, let outcome):
            // An answer to a question of ours: a connection that only verifies is never authenticated, and lives on.
            self.parser.renewStreamBytes()
            self.streams.assumeIsolated { $0.verified(verification, outcome) }
        case .startTimer(let timer, let duration): self.startTimer(timer, duration)
        case .disconnect(let end): self.disconnect(end)
        }
    }

    func established(_ method: AuthenticationMethod, _ maximumBytes: Int?) {
        self.method = method
        self.outbox.maximumBytes = maximumBytes
        self.parser.setLimits(self.surroundings.limits.ofStanza)
        self.surroundings.metrics.outboundStreams.increment()
        self.surroundings.metrics.authenticated(.outbound, partner: self.partnerLabel, method: method.rawValue)
        self.surroundings.logger.info(
            "Stream authenticated",
            metadata: [
                "stream.id": "\(self.machine.id)", "stream.direction": "outbound",
                "peer.domain": "\(self.key.pair.remote)", "local.domain": "\(self.key.pair.local)",
                "peer.address": "\(self.peer)", "stream.method": "\(method.rawValue)",
                "tls.version": "\(self.handshake?.protocolVersion ?? "none")",
                "tls.dane": "\(self.handshake?.peer?.daneUsage.map { "\($0.rawValue)" } ?? "none")",
                "stream.acknowledged": "\(self.machine.isAcknowledged)",
                "stream.bidirectional": "\(self.machine.isBidirectional)",
            ]
        )
        self.streams.assumeIsolated { $0.established(self) }
        self.watchCertificate()
    }

    func startTLS() {
        self.flush()
        do {
            try self.channel?.pipeline.syncOperations.startTLS(self.tlsHandler(), leftover: 0)
        } catch {
            self.handle(.tlsFailed("\(error)"))
        }
    }

    func startTimer(_ timer: OutboundStream.Timer, _ duration: Duration) {
        self.timers[timer]?.cancel()
        self.timers[timer] = self.surroundings.loop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) {
            self.assumeIsolated { $0.fired(timer) }
        }
    }

    func fired(_ timer: OutboundStream.Timer) {
        self.timers[timer] = nil
        if self.target.service.beginsWithTLS, self.handshake == nil {
            self.ended(.establishmentTimeout)
            self.channel?.close(promise: nil)
            return
        }
        // What is not read cannot acknowledge.
        if timer == .acknowledgement, self.intake.isPaused {
            return self.startTimer(timer, self.machine.acknowledgementTimeout)
        }
        self.handle(.timerFired(timer))
        self.flush()
    }

    func disconnect(_ end: StreamEnd) {
        if self.method != nil {
            self.surroundings.metrics.outboundStreams.decrement()
            self.surroundings.metrics.ended(.outbound, partner: self.partnerLabel, end.reason)
        }
        self.surroundings.logger.info(
            "Stream ended",
            metadata: [
                "stream.id": "\(self.machine.id)", "stream.direction": "outbound",
                "peer.domain": "\(self.key.pair.remote)", "local.domain": "\(self.key.pair.local)",
                "peer.address": "\(self.peer)", "reason": "\(end)",
            ]
        )
        self.flush()
        self.ended(end)
        guard let channel = self.channel else { return }
        channel.close(mode: .output, promise: nil)
        channel.eventLoop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
    }

    func ended(_ end: StreamEnd) {
        guard self.end == nil else { return }
        self.end = end
        self.finishNegotiation(end)
        self.streams.assumeIsolated { $0.ended(self, end) }
    }

    func finishNegotiation(_ end: StreamEnd?) {
        self.negotiation?.resume(returning: end)
        self.negotiation = nil
    }
}
