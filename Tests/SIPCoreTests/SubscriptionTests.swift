import SIPCore
import TestSupport
import Testing

@Suite("RFC 6665 §4.1: subscriber", .tags(.sip))
struct SubscriberMachineTests {
    typealias Machine = SubscriberMachine

    typealias Step = TestSupport.Step<Machine.Event, Machine.Action>

    static let start = Step(.start, .subscribe(expires: 3600, isNew: true))
    static let accepted = Step(.accepted(expires: 3600), .startTimer(.refresh, seconds: 3240))

    static let transcripts: [(what: String, steps: [Step])] = [
        (
            "accepted, granted, renewed in its dialog",
            [
                start, accepted, Step(.notified(.pending, expires: nil), .standing(.pending)),
                Step(.notified(.active, expires: 600), .startTimer(.refresh, seconds: 540), .standing(.active)),
                Step(.notified(.active, expires: nil)),
                Step(.timerFired(.refresh), .subscribe(expires: 3600, isNew: false)), accepted,
            ]
        ),
        (
            "a notifier cannot make it longer than was asked for",
            [
                start, Step(.accepted(expires: 90_000), .startTimer(.refresh, seconds: 3240)),
                Step(.notified(.active, expires: 90_000), .startTimer(.refresh, seconds: 3240), .standing(.active)),
            ]
        ),
        (
            "a NOTIFY may come before the 2xx",
            [start, Step(.notified(.active, expires: 60), .standing(.active)), accepted]
        ),
        (
            "refused for good",
            [start, Step(.refused(isFinal: true, retryAfter: nil), .cancelled, .finish), Step(.start)]
        ),
        (
            "what may pass is tried again, each time later",
            [
                start, Step(.refused(isFinal: false, retryAfter: nil), .startTimer(.retry, seconds: 5)),
                Step(.timerFired(.retry), .subscribe(expires: 3600, isNew: true)),
                Step(.unanswered, .startTimer(.retry, seconds: 10)),
                Step(.timerFired(.retry), .subscribe(expires: 3600, isNew: true)),
                Step(.refused(isFinal: false, retryAfter: 120), .startTimer(.retry, seconds: 120)),
            ]
        ),
        (
            "a dialog that the notifier ends is made anew, unless it says why not",
            [
                start, accepted,
                Step(
                    .terminated(isFinal: false, retryAfter: nil),
                    .stopTimer(.refresh),
                    .startTimer(.retry, seconds: 5)
                ),
                Step(.timerFired(.retry), .subscribe(expires: 3600, isNew: true)), accepted,
                Step(.terminated(isFinal: true, retryAfter: nil), .stopTimer(.refresh), .cancelled, .finish),
            ]
        ),
        (
            "stopped: Expires 0 in the dialog, then over",
            [
                start, accepted, Step(.stop, .stopTimer(.refresh), .subscribe(expires: 0, isNew: false)),
                Step(.accepted(expires: 0), .finish),
            ]
        ),
        ("stopped before there was a dialog", [start, Step(.stop, .stopTimer(.refresh), .finish)]),
        (
            "taken and over at once is not renewed at once",
            [start, Step(.accepted(expires: 0), .startTimer(.retry, seconds: 5))]
        ),
        (
            "however short, it is not renewed every second",
            [start, Step(.accepted(expires: 2), .startTimer(.refresh, seconds: 5))]
        ),
    ]

    @Test(arguments: transcripts)
    func transcript(_ what: String, _ steps: [Step]) {
        var machine = Machine()
        #expect(steps.misstep { machine.handle($0) } == nil, "\(what)")
    }
}

@Suite("RFC 6665 §4.2: notifier", .tags(.sip))
struct NotifierMachineTests {
    typealias Machine = NotifierMachine

    typealias Step = TestSupport.Step<Machine.Event, Machine.Action>

    static let begin = Step(.subscribed(expires: 600), .startTimer(seconds: 600), .notify(.pending))
    static let answered = Step(.answered(dialogLives: true))

    static let transcripts: [(what: String, isAuthorized: Bool, steps: [Step])] = [
        (
            "pending, granted, told of changes", false,
            [
                begin, answered, Step(.changed), Step(.authorized, .notify(.active)), answered,
                Step(.changed, .notify(.active)), answered,
            ]
        ),
        (
            "one NOTIFY at a time; the next says the newest", true,
            [
                Step(.subscribed(expires: 600), .startTimer(seconds: 600), .notify(.active)), Step(.changed),
                Step(.changed),
                Step(.answered(dialogLives: true), .notify(.active)), answered,
            ]
        ),
        (
            "ended by the watcher", true,
            [
                Step(.subscribed(expires: 600), .startTimer(seconds: 600), .notify(.active)), answered,
                Step(.subscribed(expires: 0), .stopTimer, .notify(.terminated(reason: "timeout")), .finish),
                Step(.changed),
            ]
        ),
        (
            "ended by us, while a NOTIFY is on its way", false,
            [
                begin, Step(.end(reason: "rejected"), .stopTimer),
                Step(.answered(dialogLives: true), .notify(.terminated(reason: "rejected")), .finish),
            ]
        ),
        ("not refreshed", false, [begin, answered, Step(.expired, .notify(.terminated(reason: "timeout")), .finish)]),
        (
            "a watcher that knows the dialog no longer", false,
            [begin, Step(.answered(dialogLives: false), .stopTimer, .finish)]
        ),
    ]

    /// The same with a pause after each NOTIFY.
    static let pacedTranscripts: [(what: String, isAuthorized: Bool, steps: [Step])] = [
        (
            "what changes in the pause is told after it, once", true,
            [
                Step(.subscribed(expires: 600), .startTimer(seconds: 600), .notify(.active), .startPause), answered,
                Step(.changed), Step(.changed), Step(.pauseOver, .notify(.active), .startPause), answered,
                Step(.pauseOver), Step(.changed, .notify(.active), .startPause),
            ]
        ),
        (
            "the pause is over before the NOTIFY is answered", true,
            [
                Step(.subscribed(expires: 600), .startTimer(seconds: 600), .notify(.active), .startPause),
                Step(.changed), Step(.pauseOver),
                Step(.answered(dialogLives: true), .notify(.active), .startPause), answered, Step(.pauseOver),
            ]
        ),
        (
            "what was granted, a refresh and the end do not wait", false,
            [
                Step(.subscribed(expires: 600), .startTimer(seconds: 600), .notify(.pending), .startPause), answered,
                Step(.authorized, .notify(.active), .startPause), answered, Step(.changed),
                Step(.subscribed(expires: 300), .startTimer(seconds: 300), .notify(.active), .startPause), answered,
                Step(.changed),
                Step(.end(reason: "rejected"), .stopTimer, .notify(.terminated(reason: "rejected")), .finish),
            ]
        ),
        (
            "granted while a NOTIFY is on its way: told when it is answered", false,
            [
                Step(.subscribed(expires: 600), .startTimer(seconds: 600), .notify(.pending), .startPause),
                Step(.authorized), Step(.changed),
                Step(.answered(dialogLives: true), .notify(.active), .startPause), answered, Step(.pauseOver),
            ]
        ),
        (
            "told in the answer to SUBSCRIBE", true,
            [
                Step(.subscribedAndTold(expires: 600), .startTimer(seconds: 600), .startPause), Step(.changed),
                Step(.pauseOver, .notify(.active), .startPause), answered,
            ]
        ),
    ]

    @Test("No more than one NOTIFY in a pause, and the newest state wins (RFC 3856 §6.10)", arguments: pacedTranscripts)
    func paced(_ what: String, _ isAuthorized: Bool, _ steps: [Step]) {
        var machine = Machine(isAuthorized: isAuthorized, isPaced: true)
        #expect(steps.misstep { machine.handle($0) } == nil, "\(what)")
    }

    @Test(arguments: transcripts)
    func transcript(_ what: String, _ isAuthorized: Bool, _ steps: [Step]) {
        var machine = Machine(isAuthorized: isAuthorized)
        #expect(steps.misstep { machine.handle($0) } == nil, "\(what)")
    }
}

@Suite("RFC 3261 §12: dialogs", .tags(.sip))
struct DialogTests {
    private func sample(_ change: (Sample) -> Sample = { $0 }) throws -> Request {
        try #require(change(Sample().with("Contact", "<sip:romeo@192.0.2.1:5070;transport=tcp>")).request)
    }

    @Test("A dialog that a peer makes: its Contact is the target, its Record-Route the route, in order")
    func answering() throws {
        let request = try self.sample {
            $0.adding("Record-Route", "<sip:a.example;lr;x=\"1,2\">, <sip:b.example;lr>").adding(
                "Record-Route",
                "<sip:c.example;lr>"
            )
        }
        var dialog = try #require(Dialog(answering: request, localTag: "here"))
        let notify = dialog.request(.notify)
        #expect(notify.target.description == "sip:romeo@192.0.2.1:5070;transport=tcp")
        #expect(
            notify.headers.all(.route) == ["<sip:a.example;lr;x=\"1,2\">", "<sip:b.example;lr>", "<sip:c.example;lr>"]
        )
        #expect(notify.headers.from?.tag == "here")
        #expect(notify.headers.to?.tag == "49583")
        #expect(notify.headers.cSeq == CSeq(1, .notify))
        #expect(dialog.request(.notify).headers.cSeq == CSeq(2, .notify))
    }

    @Test("A dialog that we make: the response's route set is reversed, within fields too")
    func established() throws {
        var dialog = Dialog(
            callID: "c",
            local: SIPURI(user: "juliet", host: "x.test"),
            localTag: "here",
            remote: SIPURI(user: "romeo", host: "s.test")
        )
        #expect(!dialog.hasBegun)
        _ = dialog.request(.subscribe)
        var headers = Headers()
        headers.append(.recordRoute, "<sip:a.example;lr>, <sip:b.example;lr>")
        headers.append(.recordRoute, "<sip:c.example;lr>")
        headers.append(.contact, "<sip:romeo@192.0.2.9>")
        dialog.established(by: headers, remoteTag: "there", isResponse: true)
        #expect(dialog.routeSet == ["<sip:c.example;lr>", "<sip:b.example;lr>", "<sip:a.example;lr>"])
        #expect(dialog.remoteTag == "there")
        #expect(dialog.remoteTarget.host == "192.0.2.9")
        #expect(dialog.request(.subscribe).headers.to?.tag == "there")
    }

    @Test("A request that is not newer than the last one is not accepted (§12.2.2)")
    func order() throws {
        var dialog = try #require(Dialog(answering: try self.sample(), localTag: "here"))
        #expect(!dialog.accepts(try self.sample()))
        #expect(dialog.accepts(try self.sample { $0.with("CSeq", "2 MESSAGE") }))
        #expect(!dialog.accepts(try self.sample { $0.with("CSeq", "2 MESSAGE") }))
    }

    @Test("Without Contact, or without a From tag, there is no dialog", arguments: ["Contact", "From"])
    func incomplete(_ name: String) throws {
        let request = try self.sample {
            $0.without(name).adding(name == "From" ? "From" : "X", "<sip:romeo@example.net>")
        }
        #expect(Dialog(answering: request, localTag: "here") == nil)
    }
}
