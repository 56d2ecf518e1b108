import Bus
import Messaging
import NIOCore
import Policy
import TestSupport
import Testing
import Wire
import XML
import XMPPCore

@testable import XMPPEdge

@Suite("What the peer asks of us: sizes, pauses, ids", .timeLimit(.minutes(5)))
struct PeerLimitTests {
    @Test("XEP-0478: a stanza beyond the partner's limit is bounced with its reason, and costs the stream nothing")
    func maximumBytes() async throws {
        let (first, second) = try await GatewayFederationTests.pair(limits: Limits(stanzaBytes: 20_000))
        let large = message(String(repeating: "x", count: 30_000), from: "juliet@one.example", to: "romeo@two.example")
        let small = message(String(repeating: "y", count: 10_000), from: "juliet@one.example", to: "romeo@two.example")
        _ = try await first.sip.send([small, large, small])
        try await eventually("the fates") { first.sip.answers.values.count == 3 }
        let failures = first.sip.answers.values.compactMap { answer -> DeliveryFailure? in
            if case .failure(let failure) = answer.result { failure } else { nil }
        }
        #expect(failures.map(\.condition) == [.policyViolation])
        #expect(failures.map(\.reason) == [.sizeLimit])
        #expect(failures.first?.text == "the partner takes stanzas of at most 20000 bytes")
        // RFC 6120 §13.12: the others, of 10 000 bytes, are taken.
        try await eventually("the others to arrive") { second.sip.texts.map(\.count) == [10_000, 10_000] }
        try await eventually("the refusal to be recorded") {
            first.refusals.values.contains { $0.reason == .sizeLimit && $0.peer == "two.example" }
        }
        #expect(await first.federation.streams(StreamQuery()).streams.count == 1)
        try await GatewayFederationTests.stop(first, second)
    }

    @Test(
        "RFC 6120 §3.3: the pause grows to a minute, and is unpredictable between half of it and all",
        arguments: [(1, 1000), (2, 2000), (3, 4000), (6, 32_000), (7, 60_000), (1000, 60_000)] as [(Int, Int64)]
    )
    func pause(failures: Int, longest: Int64) {
        #expect(OutboundRoute.pause(after: failures, chance: 0) == .milliseconds(longest / 2))
        #expect(OutboundRoute.pause(after: failures, chance: 0.5) == .milliseconds(longest * 3 / 4))
        #expect(OutboundRoute.pause(after: failures, chance: 1) == .milliseconds(longest))
    }

    @Test("RFC 6120 §4.7.3: ids of streams are distinct, and nothing in one foretells the next")
    func streamIDs() {
        var identifiers = Identifiers()
        let ids = (0..<10_000).map { _ in identifiers.streamID() }
        #expect(Set(ids).count == ids.count)
        // 128 bits in base 36; a shorter one has leading zeros.
        #expect(ids.allSatisfy { (16...26).contains($0.count) })
        #expect(ids.filter { $0.count >= 23 }.count > 9_000)
        for position in 0..<16 {
            // Every digit turns up everywhere, none of them much more often than chance has it.
            let counts = Dictionary(grouping: ids) { id in id[id.index(id.startIndex, offsetBy: position)] }.mapValues(
                \.count
            )
            #expect(
                counts.count >= (position == 0 || position == 12 || position == 13 ? 3 : 36),
                "position \(position)"
            )
        }
        var other = Identifiers()
        #expect(!ids.contains(other.streamID()))
    }
}
