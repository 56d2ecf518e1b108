import SIPCore
import TestSupport
import Testing

@Suite("RFC 3261 §17.2.1, RFC 6026: INVITE server transaction", .tags(.sip))
struct InviteServerTransactionTests {
    typealias Transaction = InviteServerTransaction

    static func response(_ code: Int) -> Response { Response(Status(code)) }

    typealias Step = TestSupport.Step<Transaction.Event, Transaction.Action>
    typealias Transcript = TransactionTranscript<Transaction.Event, Transaction.Action>

    static let start: Step = .init(.request, [.deliver, .startTimer(.trying, after: .milliseconds(200))])

    static let transcripts: [Transcript] = [
        Transcript(
            name: "100 after 200 ms; then 200, and INVITEs that come again are absorbed until L fires",
            isReliable: true,
            steps: [
                start,
                Step(.timerFired(.trying), [.sendTrying]),
                Step(.respond(response(100)), [.send(response(100))]),
                Step(.request, [.send(response(100))]),
                Step(
                    .respond(response(200)),
                    [.stopTimer(.trying), .send(response(200)), .startTimer(.l, after: .seconds(32))]
                ),
                Step(.request, []),
                Step(.ack, []),
                Step(.respond(response(200)), [.send(response(200))]),
                Step(.respond(response(500)), []),
                Step(.transportFailed, []),
                Step(.timerFired(.l), [.finish]),
            ]
        ),
        Transcript(
            name: "Refused over TCP: over with its ACK",
            isReliable: true,
            steps: [
                start,
                Step(
                    .respond(response(488)),
                    [.stopTimer(.trying), .send(response(488)), .startTimer(.h, after: .seconds(32))]
                ),
                Step(.timerFired(.trying), []),
                Step(.request, [.send(response(488))]),
                Step(.ack, [.stopTimer(.g), .stopTimer(.h), .finish]),
                Step(.ack, []),
            ]
        ),
        Transcript(
            name: "Refused over UDP: resent after 500 ms, 1 s, 2 s, 4 s, 4 s; I absorbs the ACKs",
            isReliable: false,
            steps: [
                start,
                Step(
                    .respond(response(404)),
                    [
                        .stopTimer(.trying), .send(response(404)), .startTimer(.h, after: .seconds(32)),
                        .startTimer(.g, after: .milliseconds(500)),
                    ]
                ),
                Step(.timerFired(.g), [.send(response(404)), .startTimer(.g, after: .seconds(1))]),
                Step(.timerFired(.g), [.send(response(404)), .startTimer(.g, after: .seconds(2))]),
                Step(.timerFired(.g), [.send(response(404)), .startTimer(.g, after: .seconds(4))]),
                Step(.timerFired(.g), [.send(response(404)), .startTimer(.g, after: .seconds(4))]),
                Step(.ack, [.stopTimer(.g), .stopTimer(.h), .startTimer(.i, after: .seconds(5))]),
                Step(.ack, []),
                Step(.timerFired(.i), [.finish]),
            ]
        ),
        Transcript(
            name: "A refusal that nobody acknowledges is given up by H",
            isReliable: true,
            steps: [
                start,
                Step(
                    .respond(response(486)),
                    [.stopTimer(.trying), .send(response(486)), .startTimer(.h, after: .seconds(32))]
                ),
                Step(.timerFired(.h), [.finish]),
            ]
        ),
    ]

    @Test("Transcripts", arguments: transcripts)
    func transcript(_ transcript: Transcript) {
        var machine = Transaction(isTransportReliable: transcript.isReliable)
        #expect(transcript.steps.misstep { machine.handle($0) } == nil)
    }
}
