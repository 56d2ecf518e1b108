import Interworking
import Messaging
import TestSupport
import Testing

@Suite("RFC 3994 §3 and XEP-0085: typing, and the time it lasts", .tags(.interworking))
struct TypingTests {
    typealias Machine = TypingMachine

    typealias Step = TestSupport.Step<Machine.Event, Machine.Action>

    static func said(_ state: Composition.State, _ refresh: UInt32? = nil, _ actions: Machine.Action...) -> Step {
        Step(.said(state, refresh: refresh), actions)
    }

    private static let again = Step(
        .timerFired,
        .tell(.composing, refresh: 120),
        .startTimer(seconds: 100)
    )
    private static let fromSIP: [(what: String, steps: [Step])] = [
        (
            "active with a refresh interval, told again, then silence: paused",
            [
                said(.composing, 90, .tell(.composing, refresh: nil), .startTimer(seconds: 90)),
                said(.composing, 60, .startTimer(seconds: 60)),
                Step(.timerFired, .tell(.paused, refresh: nil)), Step(.timerFired),
            ]
        ),
        (
            "no refresh interval: 120 seconds; then idle",
            [
                said(.composing, nil, .tell(.composing, refresh: nil), .startTimer(seconds: 120)),
                said(.active, nil, .stopTimer, .tell(.active, refresh: nil)), Step(.timerFired),
            ]
        ),
        (
            "a message ends it without a word",
            [
                said(.composing, nil, .tell(.composing, refresh: nil), .startTimer(seconds: 120)),
                Step(.wrote, .stopTimer), Step(.wrote), Step(.timerFired),
            ]
        ),
        (
            "an hour is not believed, nor no time at all",
            [
                said(.composing, 3_600, .tell(.composing, refresh: nil), .startTimer(seconds: 600)),
                said(.composing, 0, .startTimer(seconds: 1)),
            ]
        ),
        ("idle without typing crosses as it is", [said(.active, nil, .tell(.active, refresh: nil))]),
    ]
    private static let fromXMPP: [(what: String, steps: [Step])] = [
        (
            "composing is told again while it lasts, and not when the client repeats it",
            [
                said(.composing, nil, .tell(.composing, refresh: 120), .startTimer(seconds: 100)),
                said(.composing), again, again, said(.paused, nil, .stopTimer, .tell(.paused, refresh: nil)),
                Step(.timerFired),
            ]
        ),
        (
            "a client that went without a word stops composing after a while",
            [said(.composing, nil, .tell(.composing, refresh: 120), .startTimer(seconds: 100))]
                + Array(repeating: again, count: Machine.mostRefreshes)
                + [Step(.timerFired, .tell(.paused, refresh: nil)), Step(.timerFired)]
        ),
        (
            "a message ends it without a word; gone is said",
            [
                said(.composing, nil, .tell(.composing, refresh: 120), .startTimer(seconds: 100)),
                Step(.wrote, .stopTimer), Step(.timerFired), said(.gone, nil, .tell(.gone, refresh: nil)),
            ]
        ),
    ]

    @Test("Who types on SIP is believed for as long as was said", arguments: fromSIP.indices)
    func sip(_ index: Int) { self.play(.sip, Self.fromSIP[index]) }

    @Test("Who types on XMPP is told to SIP again and again", arguments: fromXMPP.indices)
    func xmpp(_ index: Int) { self.play(.xmpp, Self.fromXMPP[index]) }

    private func play(_ side: Machine.Side, _ transcript: (what: String, steps: [Step])) {
        var machine = Machine(side)
        #expect(transcript.steps.misstep { machine.handle($0) } == nil, "\(transcript.what)")
    }

    // MARK: The table

    private func message(_ content: NeutralMessage.Content, from user: String = "romeo") -> NeutralMessage {
        NeutralMessage(
            id: MessageID("1"),
            from: Address(user: user, domain: "sip.test"),
            to: Address(user: "juliet", domain: "xmpp.test"),
            content: content
        )
    }

    private func composition(_ state: Composition.State) -> NeutralMessage.Content {
        .composition(Composition(state: state, thread: "t"))
    }

    @Test("The table keeps who is typing, and nobody else; a stale timer does nothing")
    func table() {
        var table = TypingTable<String>(limit: 2)
        let key = TypingTable<String>.Key(.sip, "pair")
        let composing = self.message(self.composition(.composing))
        #expect(table.take(composing, key) == [.tell(composing), .startTimer(number: 1, seconds: 120)])
        #expect(table.take(composing, key) == [.startTimer(number: 2, seconds: 120)])
        #expect(table.timerFired(1, key).isEmpty)
        #expect(table.timerFired(2, key) == [.tell(self.message(self.composition(.paused)))])
        #expect(table.count == 0)

        _ = table.take(composing, key)
        let text = self.message(.instantMessage(InstantMessage(kind: .chat, body: [LocalizedText("Hi")])))
        #expect(table.take(text, key) == [.tell(text)])
        #expect(table.count == 0)
    }

    @Test("Where there is no room nobody begins to type; nothing else is in the way")
    func full() {
        var table = TypingTable<Int>(limit: 1)
        let composing = self.message(self.composition(.composing))
        _ = table.take(composing, .init(.sip, 1))
        #expect(table.take(composing, .init(.sip, 2)) == [.refuse])
        let paused = self.message(self.composition(.paused))
        #expect(table.take(paused, .init(.sip, 2)) == [.tell(paused)])
        #expect(table.take(composing, .init(.sip, 1)) == [.startTimer(number: 2, seconds: 120)])
        #expect(table.count == 1)
        let presence = self.message(.presenceProbe)
        #expect(table.take(presence, .init(.sip, 1)) == [.tell(presence)])
    }
}
