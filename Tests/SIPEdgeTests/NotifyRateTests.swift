import Messaging
import SIPCore
import ServiceKit
import TestSupport
import Testing

@testable import SIPEdge

/// How often a watcher is told ([RFC 3856 §6.10](https://www.rfc-editor.org/rfc/rfc3856#section-6.10)).
@Suite("The rate of NOTIFY", .tags(.sip), .serialized)
struct NotifyRateTests {
    private static func show(_ show: PresenceNotification.Show, _ note: String) -> NeutralMessage.Content {
        let instance = PresenceNotification.Instance(
            id: "balcony",
            isAvailable: true,
            show: show,
            status: [LocalizedText(note)]
        )
        return .presence(PresenceNotification(instances: [instance], isComplete: false))
    }

    @Test("Unless somebody says otherwise there are five seconds between two changes")
    func usual() {
        var settings = SettingsReader(SettingsSource(values: [:]))
        #expect(SIPEdge.Configuration(&settings).notifyInterval == .seconds(5))
    }

    @Test(
        "What changes within the interval is told when it is over, the newest alone; what was asked for or granted, at once"
    )
    func paced() async throws {
        let edge = try await TestEdge(settings: ["sip.notify-interval": "60s"])
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.subscribe))
        let accepted = try await eventually("200") { phone.final(.subscribe, 1) }
        try await eventually("pending") { phone.requests(.notify).count == 1 }
        _ = try await edge.send(.subscriptionState(.active))
        try await eventually("that it was granted does not wait") { phone.requests(.notify).count == 2 }

        for (show, note) in [(PresenceNotification.Show.online, "one"), (.away, "two"), (.doNotDisturb, "three")] {
            #expect(try await edge.send(Self.show(show, note)).isSuccess)
        }
        let id = Dialog.ID(callID: "call-1", localTag: try #require(accepted.headers.to?.tag))
        try await eventually("the NOTIFY is answered") { await edge.edge.server.clientTransactions.isEmpty }
        #expect(phone.requests(.notify).count == 2, "the interval is not over")
        await edge.edge.server.pauseIsOver(id)
        let third = try await eventually("the newest") { phone.requests(.notify).dropFirst(2).first }
        #expect(String(decoding: third.body, as: UTF8.self).contains("three"))
        try await eventually("it is answered") { await edge.edge.server.clientTransactions.isEmpty }
        await edge.edge.server.pauseIsOver(id)
        #expect(phone.requests(.notify).count == 3, "what is told is not told again")

        // After a silence a change is told at once, and begins another interval; a refresh does not wait for its end.
        #expect(try await edge.send(Self.show(.online, "four")).isSuccess)
        try await eventually("at once") { phone.requests(.notify).count == 4 }
        #expect(try await edge.send(Self.show(.away, "five")).isSuccess)
        try await phone.send(
            try request(.subscribe, number: 2) {
                $0.headers[.callID] = "call-1"
                $0.headers[.from] = "<sip:romeo@sip.test>;tag=romeo1"
                $0.headers[.to] = accepted.headers[.to]
            }
        )
        let fifth = try await eventually("with the refresh") { phone.requests(.notify).dropFirst(4).first }
        #expect(String(decoding: fifth.body, as: UTF8.self).contains("five"))
        #expect(phone.requests(.notify).compactMap { $0.headers.cSeq?.number } == Array(1...5))
        await edge.stop()
    }

    @Test("The interval ends by itself")
    func time() async throws {
        let edge = try await TestEdge(settings: ["sip.notify-interval": "300ms"])
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.subscribe))
        try await eventually("pending") { phone.requests(.notify).count == 1 }
        _ = try await edge.send(.subscriptionState(.active))
        for note in ["one", "two", "three"] { #expect(try await edge.send(Self.show(.online, note)).isSuccess) }
        try await eventually("the newest") {
            phone.requests(.notify).last.map { String(decoding: $0.body, as: UTF8.self).contains("three") } == true
        }
        await edge.stop()
    }
}

extension SIPServer {
    /// What the timer of the interval would do.
    fileprivate func pauseIsOver(_ id: Dialog.ID) {
        self.notify(id, .pauseOver)
        self.flush()
    }
}
