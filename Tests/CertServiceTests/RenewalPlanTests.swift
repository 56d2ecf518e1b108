import TLS
import Testing
import Wire

@testable import CertService

@Suite("The renewal plan")
struct RenewalPlanTests {
    static let day: Int64 = 86_400
    static let settings = IssuingSettings(accessNames: ["xmpp.test"], keyKind: .ecdsaP256)

    static func certificate(
        _ domain: String?,
        origin: StoredCertificate.Origin = .automatic,
        names: [String]? = nil,
        from: Int64 = 0,
        until: Int64 = 90,
        uses: Set<CertificateUse> = [.xmpp, .sip]
    ) -> StoredCertificate {
        StoredCertificate(
            id: "\(origin.rawValue)-\(domain ?? "none")-\(until)",
            friendlyName: "",
            origin: origin,
            domain: domain,
            uses: uses,
            keyKind: "ecdsa-p256",
            isExportable: false,
            sealedKey: [],
            publicKey: "",
            request: [],
            requestedNames: [],
            chain: [1],
            names: names ?? domain.map { Self.settings.names(for: $0) } ?? [],
            notBefore: from * Self.day,
            notAfter: until * Self.day,
            assignedAt: 0
        )
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var domains = ["a.test"]
        var held: [StoredCertificate] = []
        var today: Int64 = 0
        var issues: [RenewalPlan.Issue] = []
        var retired: [String] = []
        var warned: [String] = []
    }

    static let cases = [
        Case(
            testDescription: "nothing is held: one is made",
            issues: [.init(domain: "a.test", reason: .missing, replaces: nil)]
        ),
        Case(testDescription: "a young one is left alone", held: [certificate("a.test")], today: 59),
        Case(
            testDescription: "after two thirds of its life it is renewed",
            held: [certificate("a.test")],
            today: 60,
            issues: [.init(domain: "a.test", reason: .renewal, replaces: "automatic-a.test-90")]
        ),
        Case(
            testDescription: "one that has expired is replaced",
            held: [certificate("a.test")],
            today: 90,
            issues: [.init(domain: "a.test", reason: .expired, replaces: "automatic-a.test-90")]
        ),
        Case(
            testDescription: "another access FQDN makes another certificate",
            held: [certificate("a.test", names: ["old.test", "sip.a.test", "a.test"])],
            issues: [.init(domain: "a.test", reason: .namesChanged, replaces: "automatic-a.test-90")]
        ),
        Case(
            testDescription: "the order of names does not matter",
            held: [certificate("a.test", names: ["a.test", "sip.a.test", "xmpp.test"])]
        ),
        Case(
            testDescription: "a domain that is no longer ours loses its certificate",
            domains: [],
            held: [certificate("a.test")],
            retired: ["automatic-a.test-90"]
        ),
        Case(
            testDescription: "of two for one domain the older goes",
            held: [certificate("a.test"), certificate("a.test", until: 120)],
            retired: ["automatic-a.test-90"]
        ),
        Case(
            testDescription: "one from elsewhere does not replace the automatic one, and is warned about, not renewed",
            held: [certificate(nil, origin: .imported, names: ["a.test"]), certificate("a.test", until: 400)],
            today: 61,
            warned: ["imported-none-90"]
        ),
        Case(
            testDescription: "one from elsewhere that serves nothing may expire",
            held: [certificate(nil, origin: .requested, uses: []), certificate("a.test", until: 400)],
            today: 100
        ),
        Case(
            testDescription: "a domain named twice has one certificate",
            domains: ["a.test", "a.test"],
            issues: [.init(domain: "a.test", reason: .missing, replaces: nil)]
        ),
    ]

    @Test("What is made, dropped and warned about", arguments: cases)
    func plan(_ row: Case) {
        let plan = RenewalPlan(
            domains: row.domains,
            held: row.held,
            settings: Self.settings,
            now: row.today * Self.day
        )
        #expect(plan.issues == row.issues)
        #expect(plan.retired == row.retired)
        #expect(plan.warnings.map(\.id) == row.warned)
    }

    @Test("The names of a domain's certificate are the access FQDNs, sip.<domain> and the domain")
    func names() {
        #expect(Self.settings.names(for: "a.test") == ["xmpp.test", "sip.a.test", "a.test"])
        let same = IssuingSettings(accessNames: ["sip.a.test", "b.test"])
        #expect(same.names(for: "a.test") == ["sip.a.test", "b.test", "a.test"])
        var withAddress = Self.settings
        withAddress.includesXMPPAddress = true
        #expect(withAddress.fields(for: "a.test").names.contains(.xmppAddress("a.test")))
        #expect(withAddress.fields(for: "a.test").subject.commonName == "xmpp.test")
    }
}

@Suite("Which certificates an edge is given")
struct IdentitySelectionTests {
    typealias Plan = RenewalPlanTests

    @Test("Assigned ones first, the latest first; automatic ones where no assigned one serves; expired ones not")
    func selection() {
        var old = Plan.certificate(nil, origin: .imported, names: ["a.test"], until: 200)
        var new = Plan.certificate(nil, origin: .requested, names: ["*.test"], until: 300, uses: [.xmpp])
        old.assignedAt = 1
        new.assignedAt = 2
        let held = [
            old, new, Plan.certificate("a.test"), Plan.certificate("b.test"), Plan.certificate("c.example"),
            Plan.certificate("gone.example"),
        ]
        let domains = ["a.test", "b.test", "c.example"]
        func select(_ use: CertificateUse, day: Int64) -> [String] {
            IdentitySelection.select(held, use: use, domains: domains, now: day * Plan.day).map(\.id)
        }
        #expect(select(.xmpp, day: 1) == [new.id, old.id, "automatic-c.example-90"])
        #expect(select(.sip, day: 1) == [old.id, "automatic-b.test-90", "automatic-c.example-90"])
        #expect(select(.sip, day: 100) == [old.id])
        #expect(select(.sip, day: 250) == [])
    }

    static let coverage: [([String], String, Bool)] = [
        (["a.test"], "a.test", true), (["a.test"], "b.a.test", false), (["*.a.test"], "b.a.test", true),
        (["*.a.test"], "c.b.a.test", false), (["*.a.test"], "a.test", false), ([], "a.test", false),
    ]

    @Test("A wildcard stands for one label", arguments: coverage)
    func wildcards(_ names: [String], _ host: String, _ isCovered: Bool) {
        #expect(IdentitySelection.covers(names, host) == isCovered)
    }
}
