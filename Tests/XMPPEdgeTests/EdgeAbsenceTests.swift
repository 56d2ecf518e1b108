import Messaging
import Policy
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import EdgeKit
@testable import XMPPEdge

@Suite("While the other side of the gateway is restarted", .timeLimit(.minutes(5)))
struct EdgeAbsenceTests {
    @Test("What waits goes on in its order when an edge comes back")
    func back() {
        var absence = EdgeAbsence<Int>()
        let start = ContinuousClock.now
        var gone = absence.edgesChanged(areThere: true, at: start)
        #expect(gone == [])
        gone = absence.edgesChanged(areThere: false, at: start)
        #expect(gone == [])
        for number in 1...3 {
            let waits = absence.wait(number, at: start + .seconds(number))
            #expect(waits)
        }
        gone = absence.expire(at: start + .seconds(11))
        #expect(gone == [])
        gone = absence.edgesChanged(areThere: true, at: start + .seconds(11))
        #expect(gone == [1, 2, 3])
        gone = absence.edgesChanged(areThere: true, at: start + .seconds(11))
        #expect(gone == [])
    }

    @Test("What has waited in vain is given back, and nothing waits any more: the edge is not coming")
    func gone() {
        var absence = EdgeAbsence<Int>()
        let start = ContinuousClock.now
        _ = absence.edgesChanged(areThere: true, at: start)
        _ = absence.edgesChanged(areThere: false, at: start)
        // Said again, it does not begin anew.
        _ = absence.edgesChanged(areThere: false, at: start + .seconds(10))
        var waits = absence.wait(1, at: start + .seconds(11))
        #expect(waits)
        var gone = absence.expire(at: start + EdgeAbsence<Int>.patience)
        #expect(gone == [1])
        waits = absence.wait(2, at: start + .seconds(13))
        #expect(!waits)
        gone = absence.expire(at: start + .seconds(60))
        #expect(gone == [])
    }

    @Test("Where no edge has ever been, nobody waits for one")
    func never() {
        var absence = EdgeAbsence<Int>()
        let gone = absence.edgesChanged(areThere: false, at: .now)
        let waits = absence.wait(1, at: .now)
        #expect(gone == [] && !waits)
    }

    @Test("Stanzas wait for the only sip-edge, and are delivered in their order; typing is not worth it")
    func stanzas() async throws {
        let (first, second) = try await GatewayFederationTests.pair()
        let toFirst = first.toPartner(GatewayFederationTests.one, first)
        try await second.federate(with: [toFirst], hasSIPEdges: false)
        let texts = (1...5).map { "text \($0)" }
        _ = try await first.sip.send(
            texts.map { message($0, from: "juliet@one.example", to: "romeo@two.example") }
        )
        try await eventually("all to wait") { second.edgeMetrics.waited.value == 5 }
        #expect(first.sip.answers.values.allSatisfy { $0.result == .success(Taken()) })
        #expect(second.refusals.values.isEmpty)
        try await second.federate(with: [toFirst])
        try await eventually("all to arrive") { second.sip.texts.count >= 5 }
        #expect(second.sip.texts == texts)
        try await GatewayFederationTests.stop(first, second)
        #expect(second.refusals.values.isEmpty)
    }

    @Test("An edge that stops itself tells those who wait at once")
    func stops() async throws {
        let (first, second) = try await GatewayFederationTests.pair()
        let toFirst = first.toPartner(GatewayFederationTests.one, first)
        try await second.federate(with: [toFirst], hasSIPEdges: false)
        _ = try await first.sip.send([message("hello", from: "juliet@one.example", to: "romeo@two.example")])
        try await eventually("it to wait") { second.edgeMetrics.waited.value == 1 }
        try await second.stop()
        #expect(second.refusals.values.first?.reason == .edgeUnavailable)
        try await first.stop()
    }
}
