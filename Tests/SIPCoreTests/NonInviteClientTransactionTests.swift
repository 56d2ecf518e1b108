import SIPCore
import TestSupport
import Testing

@Suite("RFC 3261 §17.1.2: non-INVITE client transaction", .tags(.sip))
struct NonInviteClientTransactionTests {
    typealias Transaction = NonInviteClientTransaction

    typealias Step = TestSupport.Step<Transaction.Event, Transaction.Action>

    /// A transcript of a transaction's life.
    struct Scenario: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let isTransportReliable: Bool
        let steps: [Step]

        static func over(_ transport: Transport, _ description: String, _ steps: Step...) -> Self {
            Self(testDescription: description, isTransportReliable: transport == .tls, steps: steps)
        }

        enum Transport { case udp, tls }
    }

    static let trying = Response(Status(100))
    static let ok = Response(Status(200))

    /// How every transaction over UDP begins: timer F at 64·T1, timer E at T1.
    static let startOverUDP = Step(
        .start,
        .sendRequest,
        .startTimer(.f, after: .seconds(32)),
        .startTimer(.e, after: .milliseconds(500))
    )

    static let startOverTLS = Step(.start, .sendRequest, .startTimer(.f, after: .seconds(32)))

    static let scenarios: [Scenario] = [
        .over(
            .udp,
            "a final response is passed up once; its copies are absorbed until timer K",
            startOverUDP,
            Step(.response(ok), .deliver(ok), .stopTimer(.e), .stopTimer(.f), .startTimer(.k, after: .seconds(5))),
            Step(.response(ok)),
            Step(.timerFired(.k), .finish)
        ),
        .over(
            .tls,
            "a reliable transport needs neither timer E nor timer K",
            startOverTLS,
            Step(.response(ok), .deliver(ok), .stopTimer(.e), .stopTimer(.f), .finish)
        ),
        .over(
            .udp,
            "the interval between resends doubles up to T2",
            startOverUDP,
            Step(.timerFired(.e), .sendRequest, .startTimer(.e, after: .seconds(1))),
            Step(.timerFired(.e), .sendRequest, .startTimer(.e, after: .seconds(2))),
            Step(.timerFired(.e), .sendRequest, .startTimer(.e, after: .seconds(4))),
            Step(.timerFired(.e), .sendRequest, .startTimer(.e, after: .seconds(4)))
        ),
        .over(
            .udp,
            "after a provisional response the interval is T2",
            startOverUDP,
            Step(.response(trying), .deliver(trying)),
            Step(.timerFired(.e), .sendRequest, .startTimer(.e, after: .seconds(4)))
        ),
        .over(
            .tls,
            "timer F ends the transaction, and a late response changes nothing",
            startOverTLS,
            Step(.timerFired(.f), .stopTimer(.e), .stopTimer(.f), .fail(.timeout), .finish),
            Step(.response(ok))
        ),
    ]

    @Test(arguments: scenarios)
    func transcript(_ scenario: Scenario) {
        var transaction = Transaction(isTransportReliable: scenario.isTransportReliable)
        #expect(scenario.steps.misstep { transaction.handle($0) } == nil)
    }
}
