import Directory
import Policy
import Testing

@Suite("SPEC §7: partitioned domains")
struct PartitionTests {
    struct Case: Sendable {
        let home: UserRecord.Home?
        let ours: Bool
        let mode: Partition.Mode
        let origin: UserRecord.Home?
        let expected: Partition.Destination

        init(
            _ home: UserRecord.Home?,
            _ mode: Partition.Mode,
            from origin: UserRecord.Home? = nil,
            ours: Bool = true,
            _ expected: Partition.Destination
        ) {
            (self.home, self.ours, self.mode, self.origin, self.expected) = (home, ours, mode, origin, expected)
        }
    }

    static let cases: [Case] = [
        Case(.sip, .basic, .sip), Case(.sip, .advanced, .sip),
        Case(.xmpp, .basic, .xmpp), Case(.xmpp, .advanced, .xmpp),
        // Basic takes strangers for the SIP server's, advanced for nobody's.
        Case(nil, .basic, .sip), Case(nil, .advanced, .unknown),
        Case(nil, .basic, from: .xmpp, .sip), Case(nil, .advanced, from: .xmpp, .unknown),
        // The SIP server sent us somebody it does not know: unknown on both sides.
        Case(nil, .basic, from: .sip, .unknown), Case(nil, .advanced, from: .sip, .unknown),
        Case(.sip, .basic, from: .xmpp, .sip), Case(.xmpp, .basic, from: .sip, .xmpp),
        Case(.sip, .basic, from: .sip, .loop), Case(.xmpp, .advanced, from: .xmpp, .loop),
        Case(.sip, .basic, ours: false, .elsewhere), Case(nil, .advanced, ours: false, .elsewhere),
    ]

    @Test("A request goes to its recipient's home, and never back where it came from", arguments: cases.indices)
    func destination(_ index: Int) {
        let testCase = Self.cases[index]
        let user = testCase.home.map { UserRecord(address: "juliet@example.com", home: $0) }
        let destination = Partition.destination(
            of: user,
            isOurDomain: testCase.ours,
            mode: testCase.mode,
            from: testCase.origin
        )
        #expect(destination == testCase.expected, "\(testCase)")
    }
}
