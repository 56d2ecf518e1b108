import Foundation
import Policy
import Wire

/// Tests that look at what the gateway's own services say.
enum Checks {
    /// A certificate that ends so soon is worth a word.
    static let soon: Int64 = 14 * 86_400_000

    /// Whether the certificates in use serve the domains.
    static func certificates(_ certificates: Certificates, domains: [String], at now: Int64) -> [TestStep] {
        if let failure = certificates.failure { return [TestStep("certificates", .bad, failure)] }
        var steps = certificates.records.map { self.dates(of: $0, at: now) }
        for use in CertificateUse.allCases {
            let names = certificates.names(for: use)
            if names.isEmpty {
                steps.append(
                    TestStep(
                        "\(use.rawValue)",
                        .bad,
                        "no certificate is assigned to it",
                        remedy: "isthmusctl certificate request, import, and assign ID --use \(use.rawValue)"
                    )
                )
            }
        }
        let names = certificates.names(for: .xmpp)
        for domain in domains where !names.isEmpty {
            steps.append(
                GuideFacts.covers(names, domain)
                    ? TestStep("xmpp", .good, "a certificate names \(domain)")
                    : TestStep(
                        "xmpp",
                        .bad,
                        "no certificate for XMPP names \(domain)",
                        remedy: "Ask for one with it: isthmusctl certificate request --dns-name \(domain) …"
                    )
            )
        }
        return steps
    }

    private static func dates(of record: CertificateRecord, at now: Int64) -> TestStep {
        let until = Date(timeIntervalSince1970: Double(record.notAfter) / 1_000).formatted(.iso8601)
        let name = "certificate \(record.id)"
        if record.notAfter <= now {
            return TestStep(
                name,
                .bad,
                "it ended \(until)",
                remedy: "Ask for a new one: isthmusctl certificate request"
            )
        }
        if record.notBefore > now { return TestStep(name, .bad, "it is not valid yet") }
        if record.notAfter - now < self.soon {
            return TestStep(
                name,
                .warning,
                "it ends \(until)",
                remedy: "Ask for a new one: isthmusctl certificate request"
            )
        }
        return TestStep(name, .good, "\(record.subject), until \(until)")
    }

    /// Whether DNS is as wanted.
    static func dns(_ plan: DNSPlan, only domain: String? = nil) -> [TestStep] {
        func concerns(_ name: String) -> Bool { domain.map { name == $0 || name.hasSuffix(".\($0)") } ?? true }
        let pending = plan.changes.filter { concerns($0.record.name) }
        var steps = pending.map { change in
            TestStep(
                "\(change.record.type) \(change.record.name)",
                .bad,
                change.action == .add
                    ? "it is not there: \(change.record.data)" : "it should not be there: \(change.record.data)",
                remedy: "isthmusctl dns plan, then dns apply; or enter it by hand: isthmusctl dns zone"
            )
        }
        let wanted = plan.desired.filter { concerns($0.name) }
        if wanted.isEmpty {
            steps.append(
                TestStep(
                    "DNS",
                    .warning,
                    "no records are wanted\(domain.map { " for \($0)" } ?? ""): no edge has told its address, or no zone is set"
                )
            )
        } else if pending.isEmpty {
            steps.append(TestStep("DNS", .good, "all \(wanted.count) records are as wanted"))
        }
        return steps + plan.warnings.map { TestStep("DNS", .warning, $0) }
    }

    /// What of the policy keeps a domain of ours from working.
    static func policy(_ state: PolicyState, domain: String, findings: [Finding]) -> [TestStep] {
        var steps: [TestStep] = []
        if let local = state.localDomain(domain) {
            steps.append(TestStep("domain", .good, "\(domain) is one of this gateway's"))
            let isOn = local.xmppAccess ?? state.settings.xmppAccess
            let someone = state.allUsers.contains { $0.xmppAccess == true && $0.address.hasSuffix("@\(domain)") }
            steps.append(
                isOn || someone
                    ? TestStep("xmpp-access", .good, isOn ? "its users may federate" : "some of its users may federate")
                    : TestStep(
                        "xmpp-access",
                        .bad,
                        "none of its users may federate",
                        remedy: "isthmusctl domain set \(domain) --xmpp-access true, or user by user"
                    )
            )
        } else {
            steps.append(
                TestStep(
                    "domain",
                    .bad,
                    "\(domain) is none of this gateway's",
                    remedy: "isthmusctl domain add \(domain)"
                )
            )
        }
        let partners = state.partners.values.filter(\.isEnabled)
        steps.append(
            partners.isEmpty && !state.settings.openFederation
                ? TestStep("partners", .bad, "there is no partner", remedy: "isthmusctl partner add DOMAIN")
                : TestStep(
                    "partners",
                    .good,
                    "\(partners.count) in force\(state.settings.openFederation ? ", and federation is open" : "")"
                )
        )
        for finding in findings {
            steps.append(
                TestStep(
                    finding.object,
                    .warning,
                    "\(finding.field) “\(finding.value)”: \(finding.problem)",
                    remedy: finding.remedy
                )
            )
        }
        return steps
    }

    /// Whether there are edges, and all work by the present policy.
    static func edges(_ entries: [EdgeRegistry.Entry], _ state: PolicyState) -> [TestStep] {
        EdgeRecord.Kind.allCases.map { kind in
            let live = entries.filter { $0.edge.kind == kind && !$0.edge.isDraining }
            guard !live.isEmpty else {
                return TestStep(kind.rawValue, .bad, "none is alive", remedy: "Start one, and look at its log.")
            }
            let behind = live.filter { entry in
                entry.status.map { $0.policyEpoch != state.epoch || $0.policySequence != state.sequence } ?? false
            }
            guard behind.isEmpty else {
                return TestStep(
                    kind.rawValue,
                    .warning,
                    "\(behind.map(\.edge.instance).joined(separator: ", ")) has not taken the present policy yet"
                )
            }
            return TestStep(kind.rawValue, .good, "\(live.count) alive, with the present policy")
        }
    }
}
