import SIPCore
import TestSupport
import Testing

@Suite("Sessions of text messages", .tags(.sip))
struct SessionMachineTests {
    typealias Event = SessionMachine.Event
    typealias Action = SessionMachine.Action

    typealias Step = TestSupport.Step<Event, Action>

    struct Transcript: Sendable, CustomTestStringConvertible {
        let name: String
        let steps: [Step]

        var testDescription: String { self.name }
    }

    static let idle: Action = .startTimer(.idle, after: .seconds(600))
    static let stops: [Action] = SessionMachine.Timer.allCases.map { .stopTimer($0) }

    static let invited: [Step] = [
        Step(.invite(first: 1), [.sendInvite(first: 1)]),
        Step(.accepted(tookFirst: true), [.sendACK, .established, .taken(1), idle]),
    ]
    static let answered: [Step] = [
        Step(
            .invited(withMessage: false),
            [
                .accept(tookFirst: false), .startTimer(.resend, after: .milliseconds(500)),
                .startTimer(.acknowledge, after: .seconds(32)),
            ]
        ),
        Step(.acknowledged, [.stopTimer(.resend), .stopTimer(.acknowledge), .established, idle]),
    ]

    static let transcripts: [Transcript] = [
        Transcript(
            name: "The first message is in the INVITE; one is under way at a time, in order",
            steps: [
                Step(.invite(first: 1), [.sendInvite(first: 1)]),
                Step(.send(2), []),
                Step(.send(3), []),
                Step(.accepted(tookFirst: true), [.sendACK, .established, .taken(1), idle, .sendMessage(2)]),
                Step(.answered(2, .taken), [.taken(2), idle, .sendMessage(3)]),
                Step(.send(4), []),
                Step(.answered(3, .refused), [.bounce([3]), .sendMessage(4)]),
                Step(.answered(4, .taken), [.taken(4), idle]),
                Step(.acceptedAgain, [.sendACK]),
            ]
        ),
        Transcript(
            name: "What was not taken in the INVITE is said before all others",
            steps: [
                Step(.invite(first: 1), [.sendInvite(first: 1)]),
                Step(.send(2), []),
                Step(.accepted(tookFirst: false), [.sendACK, .established, idle, .sendMessage(1)]),
                Step(.answered(1, .taken), [.taken(1), idle, .sendMessage(2)]),
            ]
        ),
        Transcript(
            name: "A refused INVITE bounces all that waits, once",
            steps: [
                Step(.invite(first: 1), [.sendInvite(first: 1)]),
                Step(.send(2), []),
                Step(.refused, [.bounce([1, 2])] + stops + [.finish]),
                Step(.refused, []),
                Step(.send(3), [.giveBack([3])]),
            ]
        ),
        Transcript(
            name: "The queue is bounded",
            steps: [Step(.invite(first: 1), [.sendInvite(first: 1)])]
                + (2...4).map { Step(.send($0), []) } + [Step(.send(5), [.overflow(5)])]
        ),
        Transcript(
            name: "The fate of the message in the peer's INVITE decides; what we say meanwhile waits for the ACK",
            steps: [
                Step(.invited(withMessage: true), []),
                Step(.send(1), []),
                Step(
                    .firstTaken,
                    [
                        .accept(tookFirst: true), .startTimer(.resend, after: .milliseconds(500)),
                        .startTimer(.acknowledge, after: .seconds(32)),
                    ]
                ),
                Step(
                    .acknowledged,
                    [.stopTimer(.resend), .stopTimer(.acknowledge), .established, idle, .sendMessage(1)]
                ),
            ]
        ),
        Transcript(
            name: "When its message is refused the session is, and what waited goes elsewhere",
            steps: [
                Step(.invited(withMessage: true), []),
                Step(.send(1), []),
                Step(.firstRefused, [.refuse(isCancelled: false), .giveBack([1])] + stops + [.finish]),
            ]
        ),
        Transcript(
            name: "CANCEL while its message is under way: refused it is 487, taken it is a session that ends",
            steps: [
                Step(.invited(withMessage: true), []),
                Step(.cancelled, []),
                Step(.firstRefused, [.refuse(isCancelled: true)] + stops + [.finish]),
            ]
        ),
        Transcript(
            name: "CANCEL too late: delivered is delivered",
            steps: [
                Step(.invited(withMessage: true), []),
                Step(.cancelled, []),
                Step(
                    .firstTaken,
                    [
                        .accept(tookFirst: true), .startTimer(.resend, after: .milliseconds(500)),
                        .startTimer(.acknowledge, after: .seconds(32)),
                    ]
                ),
                Step(
                    .acknowledged,
                    [.stopTimer(.resend), .stopTimer(.acknowledge), .established, idle] + stops + [.sendBye]
                ),
                Step(.byeAnswered, [.finish]),
            ]
        ),
        Transcript(
            name:
                "A 2xx is sent again after 500 ms, 1 s, 2 s, 4 s, 4 s; without an ACK the session ends (RFC 3261 §13.3.1.4)",
            steps: [
                answered[0],
                Step(
                    .timerFired(.resend),
                    [.accept(tookFirst: false), .startTimer(.resend, after: .seconds(1))]
                ),
                Step(
                    .timerFired(.resend),
                    [.accept(tookFirst: false), .startTimer(.resend, after: .seconds(2))]
                ),
                Step(
                    .timerFired(.resend),
                    [.accept(tookFirst: false), .startTimer(.resend, after: .seconds(4))]
                ),
                Step(
                    .timerFired(.resend),
                    [.accept(tookFirst: false), .startTimer(.resend, after: .seconds(4))]
                ),
                Step(.send(1), []),
                Step(.timerFired(.acknowledge), stops + [.sendBye, .giveBack([1])]),
                Step(.byeAnswered, [.finish]),
            ]
        ),
        Transcript(
            name:
                "A dialog that the peer has lost: what was not said is given back in order, and BYE tells who still listens",
            steps: invited + [
                Step(.send(2), [.sendMessage(2)]),
                Step(.send(3), []),
                Step(.answered(2, .dialogGone), stops + [.sendBye, .giveBack([2, 3])]),
                Step(.send(4), [.giveBack([4])]),
                Step(.byeAnswered, [.finish]),
            ]
        ),
        Transcript(
            name: "A message that nobody answered may have arrived: it bounces, and only the others go elsewhere",
            steps: invited + [
                Step(.send(2), [.sendMessage(2)]),
                Step(.send(3), []),
                Step(.answered(2, .unknown), [.bounce([2])] + stops + [.sendBye, .giveBack([3])]),
            ]
        ),
        Transcript(
            name: "BYE of the peer while a message is under way: its answer still counts, and only then it is over",
            steps: invited + [
                Step(.send(2), [.sendMessage(2)]),
                Step(.send(3), []),
                Step(.receivedBye, [.giveBack([3])] + stops),
                Step(.answered(2, .taken), [.taken(2), .finish]),
            ]
        ),
        Transcript(
            name: "The same, and the answer is that the dialog is gone",
            steps: invited + [
                Step(.send(2), [.sendMessage(2)]),
                Step(.receivedBye, stops),
                Step(.answered(2, .dialogGone), [.giveBack([2]), .finish]),
            ]
        ),
        Transcript(
            name: "BYE from both sides at once",
            steps: invited + [
                Step(.close, stops + [.sendBye]),
                Step(.receivedBye, [.finish]),
                Step(.byeAnswered, []),
            ]
        ),
        Transcript(
            name: "To close says first what waits",
            steps: invited + [
                Step(.send(2), [.sendMessage(2)]),
                Step(.close, []),
                Step(.send(3), [.giveBack([3])]),
                Step(.answered(2, .taken), [.taken(2), idle] + stops + [.sendBye]),
            ]
        ),
        Transcript(
            name: "Who leaves ends the session when all is said; who says more stays",
            steps: invited + [
                Step(.send(2), [.sendMessage(2)]),
                Step(.leave, []),
                Step(.send(3), []),
                Step(.answered(2, .taken), [.taken(2), idle, .sendMessage(3)]),
                Step(.answered(3, .taken), [.taken(3), idle]),
                Step(.send(4), [.sendMessage(4)]),
                Step(.leave, []),
                Step(.answered(4, .taken), [.taken(4), idle] + stops + [.sendBye]),
                Step(.send(5), [.giveBack([5])]),
            ]
        ),
        Transcript(
            name: "A session that closes while it is opened ends when it stands",
            steps: [
                Step(.invite(first: 1), [.sendInvite(first: 1)]),
                Step(.close, []),
                Step(.accepted(tookFirst: true), [.sendACK, .established, .taken(1), idle] + stops + [.sendBye]),
            ]
        ),
        Transcript(
            name: "A session that another one takes the place of gives back what waits",
            steps: invited + [
                Step(.send(2), [.sendMessage(2)]),
                Step(.send(3), []),
                Step(.superseded, [.giveBack([3])]),
                Step(.answered(2, .taken), [.taken(2), idle] + stops + [.sendBye]),
            ]
        ),
        Transcript(
            name: "Nobody says anything for ten minutes",
            steps: answered + [
                Step(.heard, [idle]),
                Step(.timerFired(.idle), stops + [.sendBye]),
                Step(.timerFired(.idle), []),
                Step(.byeAnswered, [.finish]),
            ]
        ),
        Transcript(
            name:
                "RFC 4028: we refresh at half of the interval, again when it fails, and leave when the dialog is gone",
            steps: invited + [
                Step(
                    .refreshed(SessionTimer(seconds: 1800, isOurs: true)),
                    [.startTimer(.refresh, after: .seconds(900))]
                ),
                Step(.timerFired(.refresh), [.sendRefresh]),
                Step(.refreshFailed(dialogGone: false), [.startTimer(.refresh, after: .seconds(450))]),
                Step(.timerFired(.refresh), [.sendRefresh]),
                Step(.refreshFailed(dialogGone: true), stops + [.sendBye]),
            ]
        ),
        Transcript(
            name: "RFC 4028: a peer that does not refresh is given up 32 s before the end",
            steps: answered + [
                Step(
                    .refreshed(SessionTimer(seconds: 1800, isOurs: false)),
                    [.startTimer(.expiry, after: .seconds(1768))]
                ),
                Step(.timerFired(.expiry), stops + [.sendBye]),
            ]
        ),
    ]

    @Test("Transcripts", arguments: transcripts)
    func transcript(_ transcript: Transcript) {
        var machine = SessionMachine(limit: 3, idleTime: .seconds(600))
        #expect(transcript.steps.misstep { machine.handle($0) } == nil)
    }

    @Test("Whatever happens in whatever order, each message has one fate, and none is forgotten", arguments: 0..<200)
    func everyMessageOnce(_ seed: UInt64) {
        var random = Generator(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
        var machine = SessionMachine(limit: 3, idleTime: .seconds(600))
        var next: UInt64 = 1
        var open: Set<UInt64> = []
        var settled: [UInt64] = []
        var underWay: UInt64?
        func note(_ actions: [Action]) {
            for action in actions {
                switch action {
                case .sendMessage(let message): underWay = message
                case .taken(let message), .overflow(let message): settled.append(message)
                case .bounce(let messages), .giveBack(let messages): settled += messages
                default: break
                }
            }
        }
        if random.next() % 2 == 0 {
            open.insert(next)
            note(machine.handle(.invite(first: next)))
            next += 1
        } else {
            note(machine.handle(.invited(withMessage: random.next() % 2 == 0)))
        }
        let events: [Event] = [
            .accepted(tookFirst: true), .accepted(tookFirst: false), .refused, .firstTaken, .firstRefused, .cancelled,
            .acknowledged, .heard, .receivedBye, .byeAnswered, .close, .leave, .superseded, .timerFired(.idle),
            .timerFired(.acknowledge), .refreshFailed(dialogGone: true),
        ]
        for _ in 0..<40 {
            switch random.next() % 3 {
            case 0:
                open.insert(next)
                note(machine.handle(.send(next)))
                next += 1
            case 1:
                guard let message = underWay else { continue }
                underWay = nil
                let fates: [SessionMachine.Fate] = [.taken, .taken, .refused, .dialogGone, .unknown]
                note(machine.handle(.answered(message, fates[Int(random.next() % 5)])))
            default: note(machine.handle(events[Int(random.next() % UInt64(events.count))]))
            }
        }
        // The end: whatever is asked is answered.
        for event: Event in [.firstTaken, .acknowledged, .refused, .close] { note(machine.handle(event)) }
        while let message = underWay {
            underWay = nil
            note(machine.handle(.answered(message, .taken)))
        }
        note(machine.handle(.byeAnswered))
        #expect(settled.count == Set(settled).count, "one has two fates")
        #expect(Set(settled) == open, "one is forgotten")
        #expect(machine.isOver)
    }

    /// Numbers that are the same in each run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state ^= self.state << 13
            self.state ^= self.state >> 7
            self.state ^= self.state << 17
            return self.state
        }
    }
}
