import Logging
import NIOCore
import NetworkKit
import Policy
import ServiceKit
import XML
import XMPPCore

/// Events in, actions out: all of one event are carried out before the next.
extension ComponentLink: StanzaSource {
    nonisolated func settle(_: UInt32?) { self.assumeIsolated { $0.settled() } }
    nonisolated var origin: (peer: String, facts: StreamFacts) {
        self.assumeIsolated { ($0.peer, $0.facts) }
    }

    var facts: StreamFacts {
        StreamFacts(
            .inbound,
            self.address,
            nil,
            hasHeader: !self.machine.id.isEmpty,
            isEstablished: self.machine.isEstablished
        )
    }

    func handle(_ event: ComponentStream.Event) {
        guard !self.isHandling else { return self.events.append(event) }
        self.isHandling = true
        self.step(event)
        while !self.events.isEmpty { self.step(self.events.removeFirst()) }
        self.isHandling = false
    }

    private func step(_ event: ComponentStream.Event) {
        var actions: [ComponentStream.Action] = []
        self.machine.handle(event, into: &actions)
        for action in actions { self.perform(action) }
    }

    private func perform(_ action: ComponentStream.Action) {
        switch action {
        case .open(let header): self.writer.open(header)
        case .send(let element): self.writer.write(element)
        case .closeStream: self.writer.closeStream()
        case .makeHandshake(let id): self.events.append(.handshakeMade(self.configuration.proof(forStream: id)))
        case .established:
            self.parser.setLimits(self.surroundings.limits.ofStanza)
            self.attachment.assumeIsolated { $0.established(self) }
        case .deliver(let stanza):
            self.countStanza(stanza.kind)
            self.router.assumeIsolated { $0.route(stanza, from: self) }
        case .unaddressable(let stanza):
            self.countStanza(stanza.kind)
            let local = self.configuration.name
            self.router.assumeIsolated { $0.bounceUnaddressable(stanza, local: local, from: self) }
        case .ignored(let reason):
            self.surroundings.logger.warning(
                "Element of the XMPP server left aside",
                metadata: ["stream.id": "\(self.machine.id)", "peer.address": "\(self.peer)", "reason": "\(reason)"]
            )
        case .startTimer(let timer, let duration): self.startTimer(timer, duration)
        case .disconnect(let end): self.disconnect(end)
        }
    }

    private func startTimer(_ timer: ComponentStream.Timer, _ duration: Duration) {
        self.timers[timer]?.cancel()
        self.timers[timer] = self.surroundings.loop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) {
            self.assumeIsolated { $0.fired(timer) }
        }
    }

    private func fired(_ timer: ComponentStream.Timer) {
        self.timers[timer] = nil
        self.handle(.timerFired(timer))
        self.flush()
    }

    /// The stream is over: what was not written is bounced.
    func disconnect(_ end: StreamEnd) {
        guard self.end == nil else { return }
        self.flush()
        self.end = end
        self.router.assumeIsolated { $0.outbound.assumeIsolated { $0.ended(self, end) } }
        self.attachment.assumeIsolated { $0.ended(self, end) }
        guard let channel = self.channel else { return }
        channel.close(mode: .output, promise: nil)
        channel.eventLoop.scheduleTask(in: Self.linger) { channel.close(promise: nil) }
    }

    // MARK: How much is under way

    private func settled() {
        self.intake.settled()
        self.regulate()
    }
}
