import Messaging
import Testing

@testable import Interworking

@Suite("RFC 7247 §7: the two error tables", .tags(.interworking))
struct StatusTableTests {
    typealias Condition = DeliveryFailure.Condition

    /// Table 3 as printed, row by row; the four families have their own test.
    static let table3: [(Int, Condition)] = [
        (300, .redirect), (301, .gone), (302, .redirect), (305, .redirect), (380, .notAcceptable), (400, .badRequest),
        (401, .notAuthorized), (402, .badRequest), (403, .forbidden), (404, .itemNotFound),
        (405, .featureNotImplemented), (406, .notAcceptable), (407, .registrationRequired), (408, .remoteServerTimeout),
        (410, .gone), (413, .policyViolation), (414, .policyViolation), (415, .notAcceptable), (416, .notAcceptable),
        (420, .featureNotImplemented), (421, .notAcceptable), (423, .resourceConstraint), (430, .recipientUnavailable),
        (439, .featureNotImplemented), (440, .policyViolation), (480, .recipientUnavailable), (481, .itemNotFound),
        (482, .notAcceptable), (483, .notAcceptable), (484, .itemNotFound), (485, .itemNotFound),
        (486, .recipientUnavailable), (487, .recipientUnavailable), (488, .notAcceptable), (489, .policyViolation),
        (491, .unexpectedRequest), (493, .badRequest), (500, .internalServerError), (501, .featureNotImplemented),
        (502, .remoteServerNotFound), (503, .internalServerError), (504, .remoteServerTimeout), (505, .notAcceptable),
        (513, .policyViolation), (600, .recipientUnavailable), (603, .recipientUnavailable), (604, .itemNotFound),
        (606, .notAcceptable),
    ]

    @Test("Table 3: SIP response code to XMPP error condition", arguments: table3)
    func condition(_ status: Int, condition: Condition) {
        #expect(StatusTable.condition(of: status) == condition)
    }

    @Test("Table 3: a code that is not listed has the condition of its family", arguments: 300...699)
    func family(_ status: Int) {
        guard !Self.table3.contains(where: { $0.0 == status }) else { return }
        let expected: Condition =
            switch status {
            case 300..<400: .redirect
            case 400..<500: .badRequest
            case 500..<600: .internalServerError
            default: .recipientUnavailable
            }
        #expect(StatusTable.condition(of: status) == expected)
    }

    /// Table 2 as printed: the code for an error that relates to a full JID, and to a bare one.
    static let table2: [(Condition, Int, Int)] = [
        (.badRequest, 400, 400), (.conflict, 400, 400), (.featureNotImplemented, 405, 501), (.forbidden, 403, 603),
        (.gone, 410, 410), (.internalServerError, 500, 500), (.itemNotFound, 404, 604), (.addressMalformed, 400, 400),
        (.notAcceptable, 406, 606), (.notAllowed, 403, 403), (.notAuthorized, 401, 401), (.policyViolation, 403, 403),
        (.recipientUnavailable, 480, 600), (.redirect, 302, 302), (.registrationRequired, 407, 407),
        (.remoteServerNotFound, 404, 404),
        // 408 in the table; RFC 4320 §4.2 forbids it for what is no INVITE.
        (.remoteServerTimeout, 504, 504),
        (.resourceConstraint, 500, 500), (.serviceUnavailable, 403, 403), (.subscriptionRequired, 400, 400),
        (.undefinedCondition, 400, 400), (.unexpectedRequest, 400, 400),
    ]

    @Test("Table 2: XMPP error condition to SIP response code", arguments: table2)
    func status(_ condition: Condition, full: Int, bare: Int) {
        #expect(StatusTable.status(of: condition, relatesToDevice: true, hasAlternative: false) == full)
        #expect(StatusTable.status(of: condition, relatesToDevice: false, hasAlternative: false) == bare)
    }

    @Test("Table 2 is complete")
    func complete() {
        #expect(Set(Self.table2.map { "\($0.0)" }).count == Condition.allCases.count)
    }

    @Test("Table 2, note 3: <gone/> with an address is 301")
    func goneWithAddress() {
        #expect(StatusTable.status(of: .gone, relatesToDevice: false, hasAlternative: true) == 301)
    }

    @Test(
        "RFC 4320: no failure is ever answered with 408; 503 is said only by an edge that leaves",
        arguments: RefusalReason.allCases
    )
    func forbiddenAnswers(_ reason: RefusalReason) {
        for condition in Condition.allCases {
            let status = StatusTable.status(of: reason, condition: condition)
            #expect((400...699).contains(status) || condition == .redirect)
            #expect(status != 408)
            #expect((status == 503) == (reason == .shuttingDown))
        }
    }
}
