import SIPCore
import TestSupport
import Testing

@Suite("RFC 3261 §17.1.1, RFC 6026: INVITE client transaction", .tags(.sip))
struct InviteClientTransactionTests {
    typealias Transaction = InviteClientTransaction

    static func response(_ code: Int) -> Response { Response(Status(code)) }

    typealias Step = TestSupport.Step<Transaction.Event, Transaction.Action>
    typealias Transcript = TransactionTranscript<Transaction.Event, Transaction.Action>

    static let start: Step = .init(.start, [.sendRequest, .startTimer(.b, after: .seconds(32))])
    static let startUnreliable: Step = .init(
        .start,
        [.sendRequest, .startTimer(.b, after: .seconds(32)), .startTimer(.a, after: .milliseconds(500))]
    )

    static let transcripts: [Transcript] = [
        Transcript(
            name: "Accepted over TCP; a 2xx that comes again, and one of a fork, are passed on until M fires",
            isReliable: true,
            steps: [
                start,
                Step(.response(response(180)), [.stopTimer(.a), .stopTimer(.b), .deliver(response(180))]),
                Step(.timerFired(.b), []),
                Step(.response(response(200)), [.deliver(response(200)), .startTimer(.m, after: .seconds(32))]),
                Step(.response(response(200)), [.deliver(response(200))]),
                Step(.response(response(486)), []),
                Step(.transportFailed, []),
                Step(.timerFired(.m), [.finish]),
                Step(.response(response(200)), []),
            ]
        ),
        Transcript(
            name: "Refused over TCP: acknowledged, and over",
            isReliable: true,
            steps: [
                start,
                Step(
                    .response(response(486)),
                    [.stopTimer(.a), .stopTimer(.b), .sendACK(response(486)), .deliver(response(486)), .finish]
                ),
                Step(.response(response(486)), []),
            ]
        ),
        Transcript(
            name: "Over UDP it is resent after 500 ms, 1 s, 2 s, 4 s, 8 s: unlike other requests without a ceiling",
            isReliable: false,
            steps: [
                startUnreliable,
                Step(.timerFired(.a), [.sendRequest, .startTimer(.a, after: .seconds(1))]),
                Step(.timerFired(.a), [.sendRequest, .startTimer(.a, after: .seconds(2))]),
                Step(.timerFired(.a), [.sendRequest, .startTimer(.a, after: .seconds(4))]),
                Step(.timerFired(.a), [.sendRequest, .startTimer(.a, after: .seconds(8))]),
                Step(.timerFired(.b), [.stopTimer(.a), .stopTimer(.b), .fail(.timeout), .finish]),
            ]
        ),
        Transcript(
            name: "Over UDP a refusal that comes again is acknowledged again until D fires",
            isReliable: false,
            steps: [
                startUnreliable,
                Step(
                    .response(response(404)),
                    [
                        .stopTimer(.a), .stopTimer(.b), .sendACK(response(404)), .deliver(response(404)),
                        .startTimer(.d, after: .seconds(32)),
                    ]
                ),
                Step(.response(response(404)), [.sendACK(response(404))]),
                Step(.response(response(180)), []),
                Step(.timerFired(.d), [.finish]),
            ]
        ),
        Transcript(
            name: "While it rings there is no time limit but the user's; a resend that was on its way is not sent",
            isReliable: false,
            steps: [
                startUnreliable,
                Step(.response(response(100)), [.stopTimer(.a), .stopTimer(.b), .deliver(response(100))]),
                Step(.timerFired(.a), []),
                Step(.timerFired(.b), []),
                Step(.transportFailed, [.stopTimer(.a), .stopTimer(.b), .fail(.transport), .finish]),
            ]
        ),
    ]

    @Test("Transcripts", arguments: transcripts)
    func transcript(_ transcript: Transcript) {
        var machine = Transaction(isTransportReliable: transcript.isReliable)
        #expect(transcript.steps.misstep { machine.handle($0) } == nil)
    }
}
