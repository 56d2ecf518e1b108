import Bus
import Foundation
import Messaging
import Policy
import Synchronization

@testable import XMPPEdge

/// Two gateways write to each other over connections that break again and again, at places a seed decides.
final class Soak: Sendable {
    /// Outstanding in each direction.
    private static let window = 200
    private static let pairs = 16
    private static let directions = 2

    struct State {
        var ledgers = [SoakLedger](repeating: SoakLedger(pairs: Soak.pairs), count: Soak.directions)
        var breaks = 0
        var nextBreak: Int
        var random: SplitMix64
        var samples: [(settled: Int, residentKB: Int)] = []

        var settled: Int { self.ledgers.reduce(0) { $0 + $1.settled } }
        var violations: [String] { self.ledgers.flatMap(\.violations) }
    }

    let state: Mutex<State>
    private let count: Int
    /// On average a connection breaks after so many messages.
    private let span: Int
    private let gateways: [TestGateway]
    private let relays: [Relay]

    init(count: Int, seed: UInt64) async throws {
        self.count = count
        self.span = max(100, min(10_000, count / 10))
        self.state = Mutex(State(nextBreak: self.span, random: SplitMix64(seed)))
        var limits = Limits()
        // One stream carries everything here.
        (limits.stanzaRate, limits.stanzaBurst) = (10_000_000, 10_000_000)
        (limits.byteRate, limits.byteBurst) = (1_000_000_000, 1_000_000_000)
        (limits.handshakeRate, limits.handshakeBurst) = (1_000_000, 1_000_000)
        let (one, two) = try await GatewayFederationTests.pair(limits: limits)
        self.gateways = [one, two]
        self.relays = [try await Relay(to: two.port), try await Relay(to: one.port)]
        for (index, gateway) in self.gateways.enumerated() {
            var partner = Partner(domain: self.gateways[1 - index].domain, kind: .federated)
            partner.proxyFQDN = "127.0.0.1:\(self.relays[index].port)"
            try await gateway.federate(with: [partner])
        }
    }

    /// Sends everything, and returns when each message has its fate.
    func run(progress: @Sendable (State) -> Void) async throws {
        let (news, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        for index in 0..<Self.directions {
            self.gateways[index].sip.observe { [weak self] event in
                self?.took(event, at: index)
                continuation.yield()
            }
        }
        continuation.yield()
        var reported = 0
        for await _ in news {
            if self.breaksIfDue() { for relay in self.relays { relay.breakConnections() } }
            for index in 0..<Self.directions { try await self.fill(index) }
            let settled = self.state.withLock { $0.settled }
            if settled * 10 / self.count > reported {
                reported = settled * 10 / self.count
                self.state.withLock { $0.samples.append((settled, Self.residentKB)) }
                progress(self.state.withLock { $0 })
            }
            if settled >= self.count { return }
        }
    }

    func stop() async throws {
        for relay in self.relays { try await relay.stop() }
        for gateway in self.gateways { try await gateway.stop() }
    }

    /// Sends as many as there is room for in one direction.
    private func fill(_ index: Int) async throws {
        let share = self.count / Self.directions
        let entries = self.state.withLock { state in
            let room = min(
                Self.window - state.ledgers[index].underWay,
                share - state.ledgers[index].settled - state.ledgers[index].underWay
            )
            return room > 0 ? (0..<room).map { _ in state.ledgers[index].next() } : []
        }
        guard !entries.isEmpty else { return }
        let (own, other) = (self.gateways[index], self.gateways[1 - index])
        let messages = entries.map { entry in
            message(
                "\(entry.pair) \(entry.place)",
                from: "user\(entry.pair)@\(own.domain)",
                to: "user\(entry.pair)@\(other.domain)",
                id: "\(entry.pair)-\(entry.place)"
            )
        }
        try await own.sip.send(messages) { [self] place, number in
            self.state.withLock { $0.ledgers[index].sent(entries[place], as: number) }
        }
    }

    private func took(_ event: TrafficEvent, at index: Int) {
        switch event {
        case .answered(let number, let result):
            let isTaken = if case .success = result { true } else { false }
            self.state.withLock { $0.ledgers[index].answered(number, isTaken: isTaken) }
        case .givenBack(let number, _, _): self.state.withLock { $0.ledgers[index].answered(number, isTaken: false) }
        case .received(let message, _, _):
            // What comes back as an error stanza besides is no message.
            guard case .instantMessage(let content) = message.content, let text = content.body.first?.text else {
                return
            }
            let parts = text.split(separator: " ").compactMap { Int($0) }
            guard parts.count == 2 else { return }
            self.state.withLock { $0.ledgers[1 - index].arrived(.init(pair: parts[0], place: parts[1])) }
        }
    }

    private func breaksIfDue() -> Bool {
        self.state.withLock { state in
            guard state.settled >= state.nextBreak else { return false }
            state.breaks += 1
            state.nextBreak = state.settled + Int.random(in: 1...(2 * self.span), using: &state.random)
            return true
        }
    }

    /// The memory of this process: both gateways, their buses, and the test.
    private static var residentKB: Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4
    }
}

/// A small generator of numbers that are the same for the same seed.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
