import SIPCore
import TestSupport
import Testing

@Suite("RFC 3261 §17.2.2, RFC 4320: non-INVITE server transaction", .tags(.sip))
struct NonInviteServerTransactionTests {
    typealias Transaction = NonInviteServerTransaction

    typealias Step = TestSupport.Step<Transaction.Event, Transaction.Action>

    static let ok = Response(Status(200))
    static let busy = Response(Status(486))

    static let transcripts: [(what: String, isReliable: Bool, steps: [Step])] = [
        (
            "over TCP the response ends it", true,
            [Step(.request, .deliver), Step(.respond(ok), .send(ok), .finish), Step(.request)]
        ),
        (
            "over UDP a request that is resent gets the response again, until timer J", false,
            [
                Step(.request, .deliver), Step(.request),
                Step(.respond(ok), .send(ok), .startTimer(.j, after: .seconds(32))),
                Step(.request, .send(ok)), Step(.respond(busy)), Step(.timerFired(.j), .finish), Step(.request),
            ]
        ),
        (
            "a broken transport ends it", false,
            [Step(.request, .deliver), Step(.transportFailed, .finish), Step(.respond(ok))]
        ),
    ]

    @Test(arguments: transcripts)
    func transcript(_ what: String, _ isReliable: Bool, _ steps: [Step]) {
        var transaction = Transaction(isTransportReliable: isReliable)
        #expect(steps.misstep { transaction.handle($0) } == nil, "\(what)")
    }
}
