import Policy
import Testing

@testable import AdministrationClient

@Suite("Alignment of a split domain")
struct AlignmentTests {
    private static func configuration(_ mode: Partition.Mode, _ users: [String: UserRecord.Home]) -> DocumentValue {
        [
            "domains": .list([["domain": .text("split.test"), "partition": .text(mode.rawValue)]]),
            "users": .list(
                users.sorted { $0.key < $1.key }.map { ["address": .text($0.key), "home": .text($0.value.rawValue)] }
            ),
        ]
    }

    private func problems(
        _ users: [String: UserRecord.Home],
        _ mode: Partition.Mode = .advanced,
        sip: [String]? = nil,
        xmpp: [String]? = nil
    ) throws -> [String] {
        try DomainAlignment("Split.test", configuration: Self.configuration(mode, users)).problems(sip: sip, xmpp: xmpp)
    }

    private static let pair: [String: UserRecord.Home] = ["juliet@split.test": .sip, "romeo@split.test": .xmpp]

    @Test("Who is where the directory says fits, with and without lists")
    func fits() throws {
        #expect(try self.problems(Self.pair).isEmpty)
        #expect(try self.problems(Self.pair, sip: ["juliet@split.test"], xmpp: ["romeo@split.test"]).isEmpty)
        #expect(try self.problems(Self.pair, .basic, sip: ["juliet@split.test", "paris@split.test"]).isEmpty)
    }

    static let misfits: [(sip: [String]?, xmpp: [String]?, says: [String])] = [
        (
            ["juliet@split.test", "paris@split.test"], nil,
            ["paris@split.test is known to the SIP server only: isthmusctl user add paris@split.test --home sip"]
        ),
        (
            nil, ["romeo@split.test", "paris@split.test"],
            ["paris@split.test is known to the XMPP server only: isthmusctl user add paris@split.test --home xmpp"]
        ),
        ([], nil, ["juliet@split.test has the home sip, and the SIP server does not know the user: create"]),
        (
            ["juliet@split.test", "romeo@split.test"], nil,
            ["romeo@split.test has an account on the SIP server, and the directory says xmpp: isthmusctl user set"]
        ),
        (
            ["juliet@split.test", "romeo@split.test"], ["romeo@split.test"],
            ["romeo@split.test has an account on the SIP server", "romeo@split.test has an account on both servers"]
        ),
        (
            ["juliet@split.test", "paris@other.test"], nil,
            ["paris@other.test is not of split.test: both servers must have the very same domain"]
        ),
    ]

    @Test("Each misfit is said, with what to do about it", arguments: misfits)
    func misfit(_ sip: [String]?, _ xmpp: [String]?, _ says: [String]) throws {
        let problems = try self.problems(Self.pair, sip: sip, xmpp: xmpp)
        #expect(problems.count == says.count)
        for (problem, words) in zip(problems, says) { #expect(problem.hasPrefix(words)) }
    }

    static let addresses: [(address: String, says: String)] = [
        ("o'hara@split.test", ""), ("a/b@split.test", ""), ("paul\\20smith@split.test", ""),
        (" juliet@split.test", "begins or ends with a space"), ("a\u{7}b@split.test", "cannot be mapped"),
        ("@split.test", "is no address"),
    ]

    @Test("Addresses that one side cannot say are found", arguments: addresses)
    func mapping(_ address: String, _ says: String) throws {
        let problems = try self.problems([address: .sip])
        #expect(problems.isEmpty == says.isEmpty, "\(problems)")
        if let problem = problems.first { #expect(problem.contains(says)) }
    }

    @Test("A domain that is not ours, or not split, is said to be so", arguments: ["other.test", "split.test"])
    func notSplit(_ domain: String) {
        #expect(throws: ContactListError.self) {
            try DomainAlignment(domain, configuration: Self.configuration(.off, [:]))
        }
    }
}
