import Directory
import Messaging
import Policy
import Testing

@Suite("Who owns a conversation")
struct RendezvousTests {
    static let vectors: [(String, UInt64)] = [
        ("", 0xf52a_15e9_a9b5_e89b),
        ("a", 0x02c0_bdbf_4814_20f8),
        ("sip-edge-1", 0x23f6_b97f_1d1f_1752),
        ("juliet@example.com", 0x7ad9_13ac_6d08_0d83),
        ("münchen", 0xbed1_7f32_9b1a_ef8d),
    ]

    static func edge(_ kind: EdgeRecord.Kind, _ instance: String, draining: Bool = false) -> EdgeRecord {
        EdgeRecord(kind: kind, instance: instance, endpoint: "tcp://127.0.0.1:1", isDraining: draining)
    }

    static let pairs: [(Address, Address)] = (0..<2_000).map {
        (Address(user: "user\($0)", domain: "sip.example"), Address(user: "contact\($0 % 77)", domain: "example.org"))
    }

    static func owners(_ edges: [EdgeRecord]) -> [String?] {
        let directory = EdgeDirectory(edges)
        return Self.pairs.map { directory.owner(ofLocalUser: $0.0, contact: $0.1)?.instance }
    }

    @Test("The hash has the same values in every process and release", arguments: vectors)
    func fixedHash(_ text: String, _ expected: UInt64) {
        #expect(Rendezvous.hash(text) == expected)
    }

    @Test("The owner depends on who lives, not on the order in which they are named")
    func orderDoesNotMatter() {
        let edges = (1...5).map { Self.edge(.sip, "sip-\($0)") }
        #expect(Self.owners(edges) == Self.owners(edges.reversed()))
    }

    @Test("An edge that joins takes its share and moves nothing between the others", arguments: 1...6)
    func joining(_ count: Int) {
        let before = (1...count).map { Self.edge(.sip, "sip-\($0)") }
        let newcomer = Self.edge(.sip, "newcomer")
        let moved = zip(Self.owners(before), Self.owners(before + [newcomer])).filter { $0 != $1 }
        #expect(moved.allSatisfy { $0.1 == "newcomer" })
        let share = Double(Self.pairs.count) / Double(count + 1)
        #expect(Double(moved.count) > share * 0.75 && Double(moved.count) < share * 1.25, "\(moved.count) of \(share)")
    }

    @Test("An edge that leaves or drains gives away its own conversations and no others", arguments: 1...5)
    func leaving(_ index: Int) {
        let edges = (1...5).map { Self.edge(.sip, "sip-\($0)") }
        let leaver = edges[index - 1]
        let before = Self.owners(edges)
        let after = Self.owners(edges.filter { $0 != leaver })
        for (old, new) in zip(before, after) {
            #expect(old == leaver.instance ? new != leaver.instance : new == old)
        }
        var draining = edges
        draining[index - 1].isDraining = true
        #expect(Self.owners(draining) == after)
    }

    @Test("Conversations are spread evenly")
    func balance() {
        let edges = (1...4).map { Self.edge(.sip, "sip-\($0)") }
        let counts = Dictionary(grouping: Self.owners(edges).compactMap(\.self)) { $0 }.mapValues(\.count)
        for count in counts.values { #expect(count > 400 && count < 600, "\(counts)") }
    }

    @Test("Devices and case do not change the owner")
    func normalization() {
        let directory = EdgeDirectory((1...7).map { Self.edge(.sip, "sip-\($0)") })
        for (user, contact) in Self.pairs.prefix(100) {
            let other = Address(user: user.user?.uppercased(), domain: "SIP.example", instance: "device")
            #expect(
                directory.owner(ofLocalUser: user, contact: contact)
                    == directory.owner(ofLocalUser: other, contact: contact)
            )
        }
    }

    @Test("Each kind of edge owns its own kind of conversation")
    func kinds() {
        let directory = EdgeDirectory([Self.edge(.sip, "s"), Self.edge(.xmpp, "x")])
        let (user, contact) = Self.pairs[0]
        #expect(directory.owner(ofLocalUser: user, contact: contact)?.instance == "s")
        #expect(directory.owner(ofLocalDomain: "sip.example", partnerDomain: "example.org")?.instance == "x")
    }

    @Test("The list of sip-edges has those that live, in a fixed order, and neither a draining nor an xmpp-edge")
    func list() {
        let edges = [
            Self.edge(.sip, "c"), Self.edge(.sip, "a"), Self.edge(.xmpp, "x"), Self.edge(.sip, "b", draining: true),
        ]
        #expect(EdgeDirectory(edges).sipEdges.map(\.instance) == ["a", "c"])
        #expect(EdgeDirectory(edges.reversed()).sipEdges == EdgeDirectory(edges).sipEdges)
        #expect(EdgeDirectory().sipEdges.isEmpty)
    }

    @Test("Without a live edge there is no owner")
    func nobody() {
        let directory = EdgeDirectory([Self.edge(.sip, "s", draining: true)])
        #expect(directory.owner(ofLocalUser: Self.pairs[0].0, contact: Self.pairs[0].1) == nil)
        #expect(directory.owner(ofLocalDomain: "a", partnerDomain: "b") == nil)
    }
}
