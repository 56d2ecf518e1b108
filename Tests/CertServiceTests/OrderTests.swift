import Foundation
import TestSupport
import Testing
import Wire

@testable import CertService
@testable import TLS

/// The way of a certificate through an “enterprise CA” that is the `openssl` program, and everything that stops it.
@Suite("Requests, imports and assignments")
struct OrderTests {
    let residence: Residence
    let enterprise: TestAuthority
    let keeper: Keeper

    init() async throws {
        self.residence = try Residence()
        self.enterprise = try TestAuthority("Enterprise CA")
        self.keeper = try self.residence.keeper()
        await self.keeper.follow(domains: ["contoso.test"])
    }

    private func refusal(_ order: CertificateImport) async -> Failure? {
        await #expect(throws: Failure.self) {
            try await self.keeper.answer(.certificateImport(order), for: .policyService)
        }
    }

    private func trustEnterprise() async throws {
        _ = try await self.keeper.addTrustRoots(TrustRootAddition(data: self.enterprise.rootPEM))
    }

    /// Lets `openssl` sign a request as it is, with its own names and usages.
    private func sign(_ request: String, days: Int = 100) async throws -> (certificate: [UInt8], root: [UInt8]) {
        let scratch = self.residence.scratch
        try scratch.write(request, to: "in.csr")
        let files = (scratch.file("ca.pem").path, scratch.file("ca.key").path, scratch.file("out.pem"))
        let root = try await ChildProcess.run(
            "/usr/bin/openssl",
            ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Enterprise", "-days", "400"]
                + ["-keyout", files.1, "-out", files.0]
        )
        #expect(root.status == 0, "\(root.output)")
        let signed = try await ChildProcess.run(
            "/usr/bin/openssl",
            ["x509", "-req", "-in", scratch.file("in.csr").path, "-CA", files.0, "-CAkey", files.1]
                + ["-copy_extensions", "copyall", "-days", "\(days)", "-out", files.2.path]
        )
        #expect(signed.status == 0, "\(signed.output)")
        return ([UInt8](try Data(contentsOf: files.2)), [UInt8](try Data(contentsOf: URL(filePath: files.0))))
    }

    @Test("A request is carried to a CA; its answer is matched, taken in, put to use, and taken out again")
    func journey() async throws {
        let order = CertificateSigningRequest(
            friendlyName: "Edge 2026",
            keyKind: "rsa-2048",
            commonName: "",
            organization: "Contoso",
            templateName: "WebServer",
            uses: [.xmpp]
        )
        let made = try await self.keeper.request(order)
        #expect(made.certificatePEM == nil)
        let file = self.residence.scratch.file("requests/\(made.id).csr")
        #expect(try String(contentsOf: file, encoding: .utf8) == made.csrPEM)
        let check = try await ChildProcess.run("/usr/bin/openssl", ["req", "-verify", "-noout", "-in", file.path])
        #expect(check.status == 0 && check.output.contains("verify OK"))
        #expect(try await self.keeper.inventory().records.first { $0.id == made.id }?.state == .pending)

        let answer = try await self.sign(made.csrPEM)
        let untrusted = await self.refusal(CertificateImport(data: answer.certificate))
        #expect(untrusted?.text.contains("does not chain to a trusted root") == true)

        _ = try await self.keeper.addTrustRoots(TrustRootAddition(data: answer.root))
        let record = try await self.keeper.importCertificate(CertificateImport(data: answer.certificate))
        #expect(record.id == made.id && record.state == .active && record.uses == [.xmpp])
        #expect(record.names == ["xmpp.contoso.test", "sip.contoso.test", "contoso.test"])

        // It covers the domain: for XMPP it takes the automatic one's place, for SIP it does not.
        let xmpp = try await self.keeper.identities(.xmpp)
        #expect(try xmpp.leaves.map(\.fingerprint) == [record.fingerprint])
        #expect(try await self.keeper.identities(.sip).leaves.map(\.fingerprint) != [record.fingerprint])

        let unassigned = try await self.keeper.assign(CertificateAssignment(id: record.id, uses: []))
        #expect(unassigned.state == .unassigned)
        #expect(try await self.keeper.identities(.xmpp).leaves.map(\.fingerprint) != [record.fingerprint])
        try await self.keeper.remove(id: record.id)
        #expect(try await self.keeper.inventory().records.count == 1)
    }

    @Test("Before a key is made there is a summary: names of the live configuration, the common name, what to mind")
    func summary() async throws {
        var order = CertificateSigningRequest(
            commonName: "",
            organization: "Contoso",
            country: "CH",
            xmppAddresses: ["contoso.test"],
            templateName: "WebServer",
            uses: [.sip],
            isDryRun: true
        )
        let asked = try await self.keeper.request(order)
        #expect(asked.id.isEmpty && asked.csrPEM.isEmpty)
        for line in [
            "issuer:       a CA that you carry the request to", "common name:  xmpp.contoso.test",
            "organisation: Contoso, CH", "names:        xmpp.contoso.test, sip.contoso.test, contoso.test",
            "xmppAddr:     contoso.test; some versions of ejabberd drop such streams",
            "key:          rsa-2048, stays here for good", "template:     WebServer", "usages:       server and client",
            "put to use:   sip",
        ] {
            #expect(asked.summary.contains(line), "\(line): \(asked.summary)")
        }
        #expect(try await self.keeper.inventory().records.count == 1)
        order.isDryRun = false
        #expect(try await self.keeper.request(order).summary == asked.summary)
    }

    @Test("The common name that nobody gave is that of the server or pool of the use")
    func commonName() async throws {
        var settings = Residence.settings
        settings.accessNames = ["xmpp.contoso.test", "pool.contoso.test"]
        settings.accessNamesByUse = [.xmpp: ["xmpp.contoso.test"], .sip: ["pool.contoso.test"]]
        let keeper = try Residence().keeper(settings)
        await keeper.follow(domains: ["contoso.test"])
        for (uses, name) in [([CertificateUse.xmpp], "xmpp"), ([.sip], "pool"), ([], "pool")] {
            let order = CertificateSigningRequest(commonName: "", uses: uses, isDryRun: true)
            let summary = try await keeper.request(order).summary
            #expect(summary.contains("common name: \(name).contoso.test"), "\(summary)")
        }
    }

    @Test("A certificate for servers only says what works, what does not, and what to take for SIP instead")
    func serverOnly() async throws {
        try await self.trustEnterprise()
        let identity = try self.enterprise.issue("DNS:contoso.test", usage: "serverAuth")
        let record = try await self.keeper.importCertificate(
            CertificateImport(data: identity.chainPEM, privateKeyPEM: identity.keyPEM, uses: [.xmpp])
        )
        #expect(record.warnings.contains(ImportCheck.serverOnly))
        #expect(ImportCheck.serverOnly.contains("XMPP works") && ImportCheck.serverOnly.contains("--issuer internal"))
        func warnings() async throws -> [String]? {
            try await self.keeper.inventory().records.first { $0.id == record.id }?.warnings.filter {
                !$0.contains("expires")
            }
        }
        #expect(try await warnings() == [])
        _ = try await self.keeper.assign(CertificateAssignment(id: record.id, uses: [.sip]))
        #expect(try await warnings() == [ImportCheck.serverOnly])
    }

    @Test("What was carried to a CA is asked for again by a new request; what came with its key is not")
    func renewedByHand() async throws {
        let made = try await self.keeper.request(
            CertificateSigningRequest(keyKind: "ecdsa-p256", commonName: "contoso.test", templateName: "WebServer")
        )
        let answer = try await self.sign(made.csrPEM)
        _ = try await self.keeper.addTrustRoots(TrustRootAddition(data: answer.root))
        _ = try await self.keeper.importCertificate(CertificateImport(data: answer.certificate))
        let renewed = try await self.keeper.renew(made.id)
        #expect(renewed.state == .pending && renewed.id != made.id)
        let file = self.residence.scratch.file("requests/\(renewed.id).csr")
        let text = try await ChildProcess.run("/usr/bin/openssl", ["req", "-verify", "-text", "-in", file.path])
        #expect(text.output.contains("verify OK") && text.output.contains("DNS:sip.contoso.test"))
        let identity = try self.enterprise.issue("DNS:contoso.test")
        try await self.trustEnterprise()
        let imported = try await self.keeper.importCertificate(
            CertificateImport(data: identity.chainPEM, privateKeyPEM: identity.keyPEM)
        )
        await #expect(throws: Failure.self) { try await self.keeper.renew(imported.id) }
    }

    @Test("A pending request survives a restart")
    func pendingSurvives() async throws {
        let made = try await self.keeper.request(CertificateSigningRequest(keyKind: "", commonName: "contoso.test"))
        let answer = try await self.sign(made.csrPEM)
        let second = try self.residence.keeper()
        await second.follow(domains: ["contoso.test"])
        _ = try await second.addTrustRoots(TrustRootAddition(data: answer.root))
        #expect(try await second.importCertificate(CertificateImport(data: answer.certificate)).id == made.id)
    }

    @Test("The internal CA signs at once when it is asked to")
    func immediate() async throws {
        let made = try await self.keeper.request(
            CertificateSigningRequest(commonName: "pool.contoso.test", uses: [.sip], isImmediate: true)
        )
        let leaf = try Certificate.chain(pem: Array(try #require(made.certificatePEM).utf8))[0]
        #expect(leaf.subject == "CN=pool.contoso.test")
        #expect(
            leaf.names.dnsNames == [
                "pool.contoso.test", "xmpp.contoso.test", "sip.contoso.test", "contoso.test",
            ]
        )
        #expect(leaf.keyStrength == KeyStrength(algorithm: "RSA", bits: 2048))
        #expect(try await self.keeper.identities(.sip).leaves.first?.fingerprint == leaf.fingerprint)
    }

    @Test("A certificate that comes with its key is taken in")
    func importWithKey() async throws {
        try await self.trustEnterprise()
        let identity = try self.enterprise.intermediate("Issuing CA").issue("DNS:contoso.test")
        let record = try await self.keeper.importCertificate(
            CertificateImport(data: identity.chainPEM, privateKeyPEM: identity.keyPEM, uses: [.sip])
        )
        #expect(record.state == .active && record.keyKind == "ecdsa-p256")
        let set = try await self.keeper.identities(.sip)
        let chain = try Certificate.chain(pem: set.identities[0].certificateChainPEM)
        #expect(chain.map(\.subject) == ["CN=leaf", "CN=Issuing CA"])
        let again = await self.refusal(CertificateImport(data: identity.chainPEM, privateKeyPEM: identity.keyPEM))
        #expect(again?.code == .conflict)
    }

    @Test("What does not fit is refused with its reason, and nothing is kept")
    func refusals() async throws {
        try await self.trustEnterprise()
        let stranger = try self.enterprise.issue("DNS:contoso.test")
        #expect(
            await self.refusal(CertificateImport(data: stranger.chainPEM))?.text.contains("no pending request") == true
        )
        let other = try self.enterprise.issue("DNS:other.test")
        #expect(
            await self.refusal(CertificateImport(data: stranger.chainPEM, privateKeyPEM: other.keyPEM))?.text
                .contains("belongs to none") == true
        )
        let expired = try self.enterprise.issue("DNS:contoso.test", days: -1)
        #expect(
            await self.refusal(CertificateImport(data: expired.chainPEM, privateKeyPEM: expired.keyPEM))?.text
                .contains("it has expired") == true
        )
        #expect(
            await self.refusal(CertificateImport(data: other.chainPEM, privateKeyPEM: other.keyPEM, uses: [.xmpp]))?
                .text
                .contains("none of the domains") == true
        )
        let client = try self.enterprise.issue("DNS:contoso.test", usage: "clientAuth")
        #expect(
            await self.refusal(CertificateImport(data: client.chainPEM, privateKeyPEM: client.keyPEM))?.text
                .contains("serverAuth") == true
        )
        #expect(await self.refusal(CertificateImport(data: [1, 2, 3]))?.code == .invalid)
        #expect(try await self.keeper.inventory().records.count == 1)
    }

    static let badOrders: [CertificateSigningRequest] = [
        CertificateSigningRequest(keyKind: "rsa-1024", commonName: "x.test"),
        CertificateSigningRequest(commonName: "x.test", country: "Schweiz"),
        CertificateSigningRequest(commonName: "x.test", dnsNames: ["not a name"]),
        CertificateSigningRequest(commonName: "x.test", dnsNames: ["*.*.test"]),
        CertificateSigningRequest(commonName: "x.test", dnsNames: ["192.0.2.1"]),
    ]

    @Test("An order that makes no certificate is refused", arguments: badOrders)
    func badOrder(_ order: CertificateSigningRequest) async {
        let failure = await #expect(throws: Failure.self) {
            try await self.keeper.answer(.certificateSigningRequest(order), for: .policyService)
        }
        #expect(failure?.code == .invalid)
    }

    @Test("Automatic certificates and pending requests cannot be assigned; unknown ones cannot be found")
    func badAssignments() async throws {
        let automatic = try #require(try await self.keeper.inventory().records.first)
        let pending = try await self.keeper.request(CertificateSigningRequest(commonName: "x.test"))
        for (id, code) in [(automatic.id, Failure.Code.invalid), (pending.id, .invalid), ("none", .notFound)] {
            let failure = await #expect(throws: Failure.self) {
                try await self.keeper.answer(
                    .certificateAssignment(CertificateAssignment(id: id, uses: [.xmpp])),
                    for: .policyService
                )
            }
            #expect(failure?.code == code)
        }
        await #expect(throws: Failure.self) {
            try await self.keeper.answer(.certificateRemoval(id: automatic.id), for: .policyService)
        }
    }

    private func preview(_ id: String, _ uses: [CertificateUse]) async throws -> [String: CertificateRecord] {
        let order = CertificateAssignment(id: id, uses: uses)
        let answer = try await self.keeper.answer(.certificateAssignmentPreview(order), for: .policyService)
        guard case .certificateInventory(let inventory) = answer else { throw Failure(.internal, "\(answer)") }
        return Dictionary(inventory.records.map { ($0.id, $0) }) { first, _ in first }
    }

    @Test("What an assignment would do is told of all certificates, automatic ones too, and nothing is done")
    func preview() async throws {
        let automatic = try #require(try await self.keeper.inventory().records.first)
        #expect(automatic.madeFor == "contoso.test")
        #expect(automatic.xmppDomains == ["contoso.test"] && automatic.sipDomains == ["contoso.test"])
        _ = try await self.keeper.addTrustRoots(TrustRootAddition(data: self.enterprise.rootPEM))
        let identity = try self.enterprise.issue("DNS:contoso.test")
        let order = CertificateImport(data: identity.chainPEM, privateKeyPEM: identity.keyPEM)
        guard
            case .certificateResult(let own) = try await self.keeper.answer(
                .certificateImport(order),
                for: .policyService
            )
        else { return }
        let before = try await self.keeper.inventory()
        var then = try await self.preview(own.id, [.xmpp])
        #expect(then[own.id]?.uses == [.xmpp] && then[own.id]?.state == .active)
        #expect(then[own.id]?.xmppDomains == ["contoso.test"] && then[own.id]?.sipDomains == [])
        #expect(then[automatic.id]?.xmppDomains == [], "it goes out of service")
        #expect(then[automatic.id]?.sipDomains == ["contoso.test"])
        #expect(try await self.keeper.inventory() == before, "nothing is done")

        _ = try await self.keeper.answer(
            .certificateAssignment(CertificateAssignment(id: own.id, uses: [.xmpp, .sip])),
            for: .policyService
        )
        then = try await self.preview(own.id, [.sip])
        #expect(then[automatic.id]?.xmppDomains == ["contoso.test"], "it comes back into service")
        #expect(try await self.keeper.identities(.xmpp).identities.count == 1)
        for (id, code) in [(automatic.id, Failure.Code.invalid), ("none", .notFound)] {
            let failure = await #expect(throws: Failure.self) { try await self.preview(id, [.xmpp]) }
            #expect(failure?.code == code, "as the assignment itself is refused")
        }
    }

    @Test("A root is trusted for its uses, until it is removed; the internal one stays")
    func trust() async throws {
        let before = try await self.keeper.identities(.xmpp)
        let roots = try await self.keeper.addTrustRoots(
            TrustRootAddition(data: self.enterprise.rootPEM, uses: [.sip])
        )
        #expect(roots.map(\.subject).contains("CN=Enterprise CA"))
        #expect(try await self.keeper.identities(.xmpp).trustRootsPEM == before.trustRootsPEM)
        #expect(try Certificate.chain(pem: await self.keeper.identities(.sip).trustRootsPEM).count == 2)
        let added = try #require(roots.last)
        try await self.keeper.removeTrustRoot(id: added.id)
        #expect(try Certificate.chain(pem: await self.keeper.identities(.sip).trustRootsPEM).count == 1)
        for id in [added.id, self.keeper.root.fingerprint] {
            await #expect(throws: Failure.self) { try await self.keeper.removeTrustRoot(id: id) }
        }
        let leaf = try self.enterprise.issue("DNS:contoso.test")
        await #expect(throws: Failure.self) {
            try await self.keeper.addTrustRoots(TrustRootAddition(data: leaf.chainPEM))
        }
    }

    @Test("An order of a service that does not place it, or of anything else, is not served")
    func unsupported() async {
        let failure = await #expect(throws: Failure.self) {
            try await self.keeper.answer(.dnsPlanRequest, for: .policyService)
        }
        #expect(failure?.code == .unsupported)
    }
}
