import Messaging
import Policy
import Testing

@Suite("The policy of an edge")
struct PolicyStateTests {
    @Test("A partner is found by each of its domains, and by no subdomain of them")
    func partnerLookup() {
        let partner = Partner(domain: "example.org", additionalDomains: ["corp.example.org", "example.net"])
        let state = PolicyState(PolicySnapshot(partners: [partner]))
        for domain in ["example.org", "corp.example.org", "example.net", "Example.NET"] {
            #expect(state.partner(ofDomain: domain) == partner)
        }
        for domain in ["chat.example.org", "org", "example.com"] { #expect(state.partner(ofDomain: domain) == nil) }
    }

    @Test("A domain that moves between partners is found with its new one, in whatever order the changes come")
    func movingDomain() {
        let before = PolicySnapshot(partners: [
            Partner(domain: "a.example", additionalDomains: ["x.example"]), Partner(domain: "b.example"),
        ])
        let changes: [PolicyChange] = [
            .partner(Partner(domain: "a.example")),
            .partner(Partner(domain: "b.example", additionalDomains: ["x.example"])),
        ]
        for order in [changes, changes.reversed()] {
            var state = PolicyState(before)
            for change in order { state.apply(change) }
            #expect(state.partner(ofDomain: "x.example")?.domain == "b.example")
            #expect(state.partner(ofDomain: "a.example")?.domain == "a.example")
        }
    }

    @Test("A host is found by its name in any case and by its address in any spelling")
    func hosts() {
        let state = PolicyState(
            PolicySnapshot(hosts: [
                HostAuthorization(host: "lync.example.com"), HostAuthorization(host: "192.0.2.1", outboundOnly: true),
                HostAuthorization(host: "2001:db8::1"),
            ])
        )
        #expect(state.host("LYNC.example.com") != nil)
        #expect(state.host("192.0.2.1")?.outboundOnly == true)
        #expect(state.host("::ffff:192.0.2.1")?.outboundOnly == true)
        #expect(state.host("[2001:DB8:0::0:1]") != nil)
        #expect(state.host("192.0.2.2") == nil)
    }

    @Test("A user is found by address, a name with an @ in it as well")
    func users() {
        let state = PolicyState(
            PolicySnapshot(users: [
                UserRecord(address: "juliet@sip.example"), UserRecord(address: "o@home@sip.example"),
            ])
        )
        #expect(state.user(Address(user: "Juliet", domain: "sip.example", instance: "phone")) != nil)
        #expect(state.user(Address(user: "o@home", domain: "sip.example")) != nil)
        #expect(state.user(Address(user: "home", domain: "sip.example")) == nil)
    }

    /// A delta as it arrives, and what the state is afterwards.
    struct Step: Sendable {
        let epoch: String
        let first: UInt64
        let domains: [String]
        let outcome: PolicyState.DeltaOutcome
        let sequence: UInt64
        let known: [String]
    }

    static let steps: [Step] = [
        // A gap, and another life of policy-service: nothing changes.
        Step(epoch: "one", first: 12, domains: ["a", "b"], outcome: .snapshotNeeded, sequence: 10, known: []),
        Step(epoch: "two", first: 11, domains: ["a", "b"], outcome: .snapshotNeeded, sequence: 10, known: []),
        Step(epoch: "one", first: 11, domains: ["a", "b"], outcome: .applied, sequence: 12, known: ["a", "b"]),
        // Once more, and one of which half is known.
        Step(epoch: "one", first: 11, domains: ["a", "b"], outcome: .known, sequence: 12, known: ["a", "b"]),
        Step(epoch: "one", first: 12, domains: ["b", "c"], outcome: .applied, sequence: 13, known: ["a", "b", "c"]),
        Step(epoch: "one", first: 14, domains: [], outcome: .known, sequence: 13, known: ["a", "b", "c"]),
    ]

    @Test("Deltas are applied once and in order; a gap or another epoch asks for a snapshot and changes nothing")
    func deltas() {
        var state = PolicyState(PolicySnapshot(sequence: 10, epoch: "one"))
        for (index, step) in Self.steps.enumerated() {
            let changes = step.domains.map { PolicyChange.domain(LocalDomain(domain: $0)) }
            let outcome = state.apply(epoch: step.epoch, firstSequence: step.first, changes)
            #expect(outcome == step.outcome, "step \(index)")
            #expect(state.sequence == step.sequence, "step \(index)")
            #expect(state.domains.keys.sorted() == step.known, "step \(index)")
        }
    }
}
