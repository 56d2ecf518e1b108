import Messaging
import Policy
import Testing

@Suite("SPEC §2: what a partner type means")
struct DecisionTableTests {
    /// What the table says of one partner type and one act.
    struct Row: Sendable, CustomTestStringConvertible {
        let direction: Decision.Direction
        let kind: Decision.Kind
        let type: Partner.Kind
        /// The answer when the local user has, and when the user has not, added the contact.
        let added: Decision
        let notAdded: Decision

        var testDescription: String { "\(self.direction) \(self.kind), \(self.type)" }
    }

    static let plain = Decision.allow(stripsNote: false)
    static let stripped = Decision.allow(stripsNote: true)
    static let refused = Decision.deny(
        DeliveryFailure(
            .forbidden,
            reason: .contactNotApproved,
            text: "contacts of this partner must first be added by the user"
        )
    )

    static let specified: [Row] = [
        // A contact may send an IM although not on the user's contact list.
        row(
            .inbound,
            .instantMessage,
            federated: (plain, plain),
            verified: (plain, plain),
            unverified: (plain, refused)
        ),
        row(.inbound, .composition, federated: (plain, plain), verified: (plain, plain), unverified: (plain, refused)),
        // A contact may add the local user and see presence.
        row(.inbound, .subscription, federated: (plain, plain), verified: (plain, plain), unverified: (plain, refused)),
        row(.inbound, .presence, federated: (plain, plain), verified: (plain, plain), unverified: (plain, refused)),
        // The local user's presence goes out; the note to the federated alone.
        row(
            .outbound,
            .presence,
            federated: (plain, plain),
            verified: (stripped, stripped),
            unverified: (stripped, refused)
        ),
        // What the local user does is the user's own wish.
        row(
            .outbound,
            .instantMessage,
            federated: (plain, plain),
            verified: (plain, plain),
            unverified: (plain, plain)
        ),
        row(.outbound, .composition, federated: (plain, plain), verified: (plain, plain), unverified: (plain, plain)),
        row(.outbound, .subscription, federated: (plain, plain), verified: (plain, plain), unverified: (plain, plain)),
        // Streams are between domains.
        row(.inbound, .stream, federated: (plain, plain), verified: (plain, plain), unverified: (plain, plain)),
        row(.outbound, .stream, federated: (plain, plain), verified: (plain, plain), unverified: (plain, plain)),
    ].flatMap(\.self)

    @Test("Each act of each partner type has the table's answer", arguments: specified)
    func matchesSpecification(_ row: Row) {
        #expect(Self.decide(row, .added) == row.added)
        #expect(Self.decide(row, .notAdded) == row.notAdded)
    }

    @Test("Where the sip-edge decides about the contact, xmpp-edge leaves that gate to it", arguments: specified)
    func decidedBySIPEdge(_ row: Row) {
        #expect(Self.decide(row, .decidedBySIPEdge) == row.added)
    }

    @Test(
        "A contact of whom nothing can be found out gets nothing that depends on it, and may try again",
        arguments: specified
    )
    func unknownContactState(_ row: Row) {
        let decision = Self.decide(row, .unknown)
        guard row.added != row.notAdded else { return #expect(decision == row.added) }
        #expect(decision.failure?.condition == .resourceConstraint)
        #expect(decision.failure?.reason == .contactNotApproved)
    }

    @Test("Every direction, kind and type is in the table")
    func isComplete() {
        let count = Decision.Direction.allCases.count * Decision.Kind.allCases.count * Partner.Kind.allCases.count
        #expect(Self.specified.count == count)
    }

    private static func decide(_ row: Row, _ contact: Decision.ContactState) -> Decision {
        let state = PolicyState(
            PolicySnapshot(
                partners: [Partner(domain: "example.org", kind: row.type)],
                domains: [LocalDomain(domain: "sip.example", xmppAccess: true)]
            )
        )
        let user = Address(user: "juliet", domain: "sip.example")
        let remote = Address(user: "romeo", domain: "example.org", instance: "orchard")
        let (from, to) = row.direction == .inbound ? (remote, user) : (user, remote)
        return state.decide(row.direction, row.kind, from: from, to: to, contact: contact)
    }

    private static func row(
        _ direction: Decision.Direction,
        _ kind: Decision.Kind,
        federated: (Decision, Decision),
        verified: (Decision, Decision),
        unverified: (Decision, Decision)
    ) -> [Row] {
        [(Partner.Kind.federated, federated), (.publicVerified, verified), (.publicUnverified, unverified)].map {
            Row(direction: direction, kind: kind, type: $0.0, added: $0.1.0, notAdded: $0.1.1)
        }
    }
}
