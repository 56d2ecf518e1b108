import Foundation
import SIPCore
import TestSupport
import Testing
import XML

extension Federation {
    /// From the first start to a partner that knows our certificate by DNSSEC alone, without a restart.
    @Suite("Certificates and DNS")
    struct CertificateSceneTests {
        private static let settings = [
            "DNS_SIGNED": "yes", "ISTHMUS_DNS_TLSA": "xmpp,sip", "ISTHMUS_DNS_TTL": "5",
            "ISTHMUS_DNS_PROPAGATION": "0s", "SIP_EDGE_TLS_FIPS": "true",
        ]

        private struct Record: Decodable {
            let id: String
            let state: String
            let uses: [String]
            let issuer: String
            let warnings: [String]
        }

        private struct Plan: Decodable {
            struct Change: Decodable {
                let action: String
                let type: String
            }

            let checksum: String
            let changes: [Change]
        }

        private static func record(
            _ world: World,
            _ issuer: String,
            in state: String? = nil
        ) async throws -> Record? {
            let text = try await world.isthmusctl("certificate", "list", "-o", "json")
            return try JSONDecoder().decode([Record].self, from: Data(text.utf8))
                .first { $0.issuer.contains(issuer) && (state == nil || $0.state == state) }
        }

        /// What the signed zone says of the key behind port 5269.
        private static func keys(_ world: World) async throws -> [String] {
            let server = ["@\(world.endpoints["DNS_ADDRESS"] ?? "")", "-p", world.endpoints["DNS_PORT"] ?? ""]
            let run = try await ChildProcess.run(
                "/usr/bin/dig",
                server + ["+short", "_5269._tcp.xmpp.sip.test", "TLSA"]
            )
            return run.output.split(separator: "\n").map(String.init).filter { $0.hasPrefix("3 1 1 ") }
        }

        @Test("CSR, enterprise CA, import, TLSA rollover, a Prosody that knows us by DANE alone")
        func scene() async throws {
            try await withWorld(8, settings: Self.settings) { world in
                let processes = try CrashTests.services.map { try world.pid($0) }
                let enterprise = try TestAuthority("Enterprise CA")
                try await Self.importInTime(world, enterprise)
                try await Self.refusedByAnEdge(world, enterprise)
                try await Self.federateByDANE(world)
                #expect(try CrashTests.services.map { try world.pid($0) } == processes, "nothing was restarted")
            }
        }

        /// The request, its way to the CA and back, and the swap when DNS is ready.
        private static func importInTime(_ world: World, _ enterprise: TestAuthority) async throws {
            try await world.isthmusctl("certificate", "request", "xmpp.sip.test", "--use", "xmpp", "--use", "sip")
            let requests = world.scratch.file("data/certificates/requests")
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: requests.path).first)
            let request = [UInt8](try Data(contentsOf: requests.appending(path: name)))
            let line = String(decoding: request, as: UTF8.self).split(separator: "\n")[1]
            #expect(
                try world.log("cert-service").contains { $0.contains("Certificate requested") && $0.contains(line) }
            )
            try Data(try enterprise.sign(request: request)).write(to: world.scratch.file("answer.pem"))
            try Data(enterprise.rootPEM).write(to: world.scratch.file("enterprise.pem"))
            try await world.isthmusctl("certificate", "trust", "add", world.scratch.file("enterprise.pem").path)
            // The world may have applied the plan before cert-service had said which key serves.
            try await eventually("the first key in DNS", within: .seconds(40)) {
                try await world.isthmusctl("dns", "apply")
                return try await !Self.keys(world).isEmpty
            }
            #expect(try await Self.keys(world).count == 1)

            try await world.isthmusctl("certificate", "import", world.scratch.file("answer.pem").path)
            let staged = try #require(try await Self.record(world, "Enterprise CA"))
            #expect(staged.state == "unassigned" && staged.warnings.contains { $0.contains("TLSA") }, "\(staged)")
            try await eventually("both keys in the plan") {
                try await world.isthmusctl("dns", "plan").contains("TLSA")
            }
            // Exactly the plan that was reviewed, and no other.
            let plan = try JSONDecoder().decode(
                Plan.self,
                from: Data(try await world.isthmusctl("dns", "plan", "--output", "json").utf8)
            )
            #expect(plan.changes.contains { $0.type == "TLSA" && $0.action == "add" })
            let other = try await world.ask("dns", "apply", "--checksum", "0123456789abcdef")
            #expect(other.status != 0 && other.output.contains("has changed since it was reviewed"), "\(other.output)")
            #expect(try await Self.keys(world).count == 1)
            try await world.isthmusctl("dns", "apply", "--checksum", plan.checksum)
            #expect(try await Self.keys(world).count == 2)
            try await eventually("the certificate to be in use", within: .seconds(20)) {
                try await Self.record(world, "Enterprise CA")?.state == "active"
            }
            for port in [5270, 5061] {
                try await eventually("the edge at port \(port) to serve with it", within: .seconds(20)) {
                    try await Self.served(world, port).contains("issuer=CN = Enterprise CA")
                }
            }
        }

        /// The certificate that a port shows: its issuer and its fingerprint.
        private static func served(_ world: World, _ port: Int) async throws -> String {
            let show =
                "openssl s_client -connect \(world.edgeAddress):\(port) -servername sip.test </dev/null 2>/dev/null"
            let read = "openssl x509 -noout -issuer -fingerprint -sha256"
            return try await ChildProcess.run("/bin/sh", ["-c", "\(show) | \(read)"]).output
        }

        /// sip-edge is in FIPS mode and cannot serve with Ed25519; what is in use stays everywhere, also at xmpp-edge, which could.
        private static func refusedByAnEdge(_ world: World, _ enterprise: TestAuthority) async throws {
            let before = try await [Self.served(world, 5270), Self.served(world, 5061)]
            #expect(Set(before).count == 1, "both edges serve with the same: \(before)")
            let identity = try enterprise.identity(Self.names, algorithm: "ed25519")
            try Data(identity.chainPEM).write(to: world.scratch.file("ed25519.pem"))
            try Data(identity.keyPEM).write(to: world.scratch.file("ed25519.key"))
            let refusal = try await world.ask(
                "certificate",
                "import",
                world.scratch.file("ed25519.pem").path,
                "--key-file",
                world.scratch.file("ed25519.key").path,
                "--use",
                "xmpp",
                "--use",
                "sip"
            )
            #expect(refusal.status != 0, "\(refusal.output)")
            // An instance has another name at each start.
            let edge = try #require(refusal.output.firstMatch(of: /everywhere: (sip-edge-1-\S+) cannot serve with it:/))
            #expect(refusal.output.contains("no suitable signature algorithm"), "\(refusal.output)")
            #expect(
                try world.log("cert-service").contains { $0.contains("Certificate rolled back: an edge cannot serve") }
            )
            #expect(try world.log("sip-edge").contains { $0.contains("Certificates refused in a trial") })
            #expect(try await world.metric("isthmus_certificate_rollbacks_total", of: "cert-service") == 1)
            let list = try await world.isthmusctl("certificate", "list")
            #expect(list.contains("rolled back: \(edge.output.1) cannot serve with it"), "\(list)")
            #expect(
                try await world.console("certificates").contains("rolled back: \(edge.output.1) cannot serve with it")
            )
            #expect(try await [Self.served(world, 5270), Self.served(world, 5061)] == before)
            #expect(try await Self.record(world, "Enterprise CA", in: "active") != nil)
        }

        /// What the first certificate was asked for.
        private static let names = "DNS:xmpp.sip.test,DNS:sip.sip.test,DNS:sip.test"

        /// Prosody trusts its own CA and no other: what proves us is the signed TLSA record.
        private static func federateByDANE(_ world: World) async throws {
            let partner = try TestAuthority("Partner")
            let prosody = try XMPPServer(
                .prosody,
                .external,
                identity: try partner.issue("DNS:\(XMPPServer.domain(of: .prosody))"),
                trusted: partner.rootPEM,
                trustAnchorFile: world.scratch.file("bind/anchors").path,
                in: world
            )
            try Data(partner.rootPEM).write(to: world.scratch.file("partner.pem"))
            try await world.isthmusctl("certificate", "trust", "add", world.scratch.file("partner.pem").path)
            try await world.isthmusctl(
                "partner",
                "add",
                prosody.domain,
                "--partner-type",
                "federated",
                "--dialback",
                "false"
            )
            let server = SIPPeer(address: world.sipAddress)
            try await server.listen()
            try await prosody.start()
            do {
                let romeo = try await prosody.user("romeo")
                try await romeo.send(await romeo.message(to: "juliet@sip.test", id: "m1", body: "by DANE"))
                try await eventually("the message at the SIP side", within: .seconds(30)) {
                    server.requests.contains { String(decoding: $0.body, as: UTF8.self).contains("by DANE") }
                }
                await romeo.close()
            } catch {
                let said = (try? String(contentsOf: prosody.log, encoding: .utf8)) ?? ""
                try await prosody.stop()
                throw WorldError(description: "\(error)\n\(said.suffix(4_000))")
            }
            try await prosody.stop()
            await server.stop()
        }
    }
}
