import Foundation
import SIPCore
import TestSupport
import Testing
import XML

extension Federation {
    /// An administrator with `isthmusctl` alone, at a gateway that was just started for the first time.
    @Suite("From nothing")
    struct FromNothingTests {
        @Test(
            "isthmusctl alone takes an empty gateway to a working federation with a new Prosody; each refusal on the way is explained"
        )
        func fromNothing() async throws {
            try await withWorld(5, settings: ["WORLD_EMPTY": "yes"]) { world in
                try await Journey(world: world, sip: SIPPeer(address: world.sipAddress)).travel()
            }
        }
    }

    /// The stages, in their order.
    private struct Journey {
        let world: World
        /// The SIP server, and who calls from it.
        let sip: SIPPeer
        let domain = XMPPServer.domain(of: .prosody)
        private var contact: String { "romeo@\(self.domain)" }
        private let user = "juliet@sip.test"

        init(world: World, sip: SIPPeer) { (self.world, self.sip) = (world, sip) }

        func travel() async throws {
            try await self.sip.listen()
            let preflight = try await self.world.ask("preflight", "sip.test")
            #expect(preflight.status == 2 && preflight.output.contains("isthmusctl domain add sip.test"))
            try await self.learnThePolicy()
            let partner = try TestAuthority("Partner")
            let prosody = try XMPPServer(
                .prosody,
                .external,
                identity: try partner.issue("DNS:\(self.domain)"),
                trusted: partner.rootPEM + (try await self.gatewayRoot()),
                in: self.world
            )
            do {
                try await prosody.start()
                try await self.learnTheNetwork(partner)
                try await self.lookAround(try await prosody.user("romeo"))
            } catch {
                try? await prosody.kill()
                await self.sip.stop()
                throw error
            }
            try await prosody.kill()
            await self.sip.stop()
        }

        // MARK: What the policy asks for

        /// Each thing that is missing is named by a refusal, explained by the rule, and put right by the command it says.
        private func learnThePolicy() async throws {
            // Who it is that speaks comes before what is said.
            let address = self.sip.address
            try await self.refused("host-not-authorized", "hosts: \(address) is none", remedy: "isthmusctl host add")
            try await self.commit("host", "add", address)
            try await self.commit("domain", "add", "sip.test")
            try await self.refused("unknown-partner", "✗  partner", remedy: "isthmusctl partner add \(self.domain)")
            let dry = try await self.world.isthmusctl("partner", "add", self.domain, "--dry-run")
            #expect(dry.contains("This was a dry run") && dry.contains("Dialback will never run"), "\(dry)")
            try await self.commit("partner", "add", self.domain, "--tls", "required", "--sasl", "required")
            try await self.refused("user-not-enabled", "✗  xmpp-access", remedy: "--xmpp-access true")
            try await self.commit("user", "add", self.user, "--xmpp-access", "true", "--reason", "the pilot")
        }

        /// A message of the user is refused for `reason`; `explain` names the rule, and what to do.
        private func refused(_ reason: String, _ rule: String, remedy: String = "") async throws {
            _ = try await eventually("a refusal for \(reason)") { () -> String? in
                let branch = try await self.sip.message(
                    "hello",
                    from: self.user,
                    to: self.contact,
                    host: self.world.edgeAddress
                )
                let fate = try await eventually("an answer", value: { self.sip.fates[branch] })
                guard case .answered(let status) = fate, status >= 400 else { return nil }
                return try await self.lastRefusal(reason)
            }
            // Refusals are reported a moment after their answers: another attempt's may still come.
            let explained = try await eventually("the last of them to be explained") { () -> String? in
                let output = try await self.world.ask("explain", "--from", self.user, "--to", self.contact).output
                guard let number = try await self.lastRefusal(reason) else { return nil }
                return output.contains("Refusal \(number),") ? output : nil
            }
            #expect(explained.contains(rule), "\(reason): \(explained)")
            #expect(remedy.isEmpty || explained.contains(remedy), "\(reason): \(explained)")
        }

        private func lastRefusal(_ reason: String) async throws -> String? {
            let list = try await self.world.isthmusctl("refusal", "list", "-o", "json")
            let all = try JSONSerialization.jsonObject(with: Data(list.utf8)) as? [[String: Any]] ?? []
            return all.first.flatMap {
                $0["reason"] as? String == reason ? ($0["number"] as? Int).map { "\($0)" } : nil
            }
        }

        private func commit(_ arguments: String...) async throws {
            let run = try await ChildProcess.run(self.world.scratch.file("isthmusctl").path, arguments)
            guard run.status == 0 else { throw WorldError(description: "\(arguments): \(run.output)") }
            try await eventually("the edges to follow") {
                let edges = try await self.world.isthmusctl("edge", "list", "-o", "json")
                let list = try JSONSerialization.jsonObject(with: Data(edges.utf8)) as? [[String: Any]]
                return list?.count == 2 && list?.allSatisfy { $0["policy-current"] as? Bool == true } == true
            }
        }

        /// The root of the gateway's own CA, which the partner is given.
        private func gatewayRoot() async throws -> [UInt8] {
            try await eventually("a certificate of the gateway's own CA") {
                let list = try await self.world.isthmusctl("certificate", "trust", "list", "-o", "json")
                let roots = try JSONSerialization.jsonObject(with: Data(list.utf8)) as? [[String: Any]]
                return (roots?.first?["certificate"] as? String).map { Array($0.utf8) }
            }
        }

        // MARK: What the network asks for

        private func learnTheNetwork(_ partner: TestAuthority) async throws {
            // Nobody trusts the partner's CA yet: found by trying, and told by explain all the same.
            try await self.refused("certificate-rejected", "isthmusctl certificate trust add")
            let untrusted = try await self.world.ask("test", "partner", self.domain)
            #expect(untrusted.status == 2 && untrusted.output.contains("(certificate-rejected)"), "\(untrusted.output)")
            try Data(partner.rootPEM).write(to: self.world.scratch.file("partner.pem"))
            let root = self.world.scratch.file("partner.pem").path
            try await self.commit("certificate", "trust", "add", root, "--use", "xmpp")
            try await self.commit("domain", "set", "sip.test", "--description", "Verona")

            let plan = try await self.world.isthmusctl("dns", "plan")
            #expect(plan.contains("_xmpp-server._tcp.sip.test"))
            try await self.commit("dns", "apply")
            #expect(try await self.world.ask("test", "dns").status == 0)
            let partnerTest = try await self.world.ask("test", "partner", self.domain)
            #expect(partnerTest.status == 0, "\(partnerTest.output)")
            for words in ["walks: what it meets", "taken our certificate for sip.test", "proven by SASL EXTERNAL"] {
                #expect(partnerTest.output.contains(words), "\(words): \(partnerTest.output)")
            }
        }

        private func lookAround(_ romeo: XMPPClient) async throws {
            // Outbound: the partner may now be written to; who has not added the contact is not written to by it.
            let sent = try await eventually("a test message to cross") {
                () -> (status: Int32, output: String)? in
                let test = try await self.world.ask("test", "im", "--from", self.user, "--to", self.contact)
                return test.status == 0 ? test : nil
            }
            #expect(
                sent.output.contains("✓ policy") && sent.output.contains("was taken by the server"),
                "\(sent.output)"
            )
            #expect(sent.output.contains("sasl-external"), "\(sent.output)")
            _ = try await romeo.waitFor("the test message") {
                $0.body?.hasPrefix("This is a test of the gateway") == true
            }
            let nobody = try await self.world.ask(
                "test",
                "im",
                "--from",
                self.user,
                "--to",
                "nobody@else.\(self.domain)"
            )
            #expect(nobody.status == 2 && nobody.output.contains("none was sent"), "\(nobody.output)")

            // Inbound: first the contact's type, then the route.
            try await self.bounced(romeo, "contact-not-approved", "✗  contact")
            try await self.commit("partner", "set", self.domain, "--partner-type", "federated")
            try await self.bounced(romeo, "no-route", "isthmusctl route add sip.test")
            try await self.commit(
                "route",
                "add",
                "sip.test",
                "--next-hop",
                self.sip.address,
                "--port",
                "5060",
                "--transport",
                "tcp"
            )
            let inbound = try await self.world.ask("test", "im", "--from", self.contact, "--to", self.user)
            #expect(inbound.status == 0 && inbound.output.contains("answered it with 2xx"), "\(inbound.output)")
            #expect(self.texts.contains { $0.hasPrefix("This is a test of the gateway") })
            self.sip.answer { $0.method == .message ? Status(404) : Status(200) }
            let unknown = try await self.world.ask("test", "im", "--from", self.contact, "--to", self.user)
            #expect(unknown.status == 2 && unknown.output.contains("peer-refused"), "\(unknown.output)")
            self.sip.answer { _ in Status(200) }

            try await self.say(romeo)
            let ready = try await self.world.ask("preflight", "sip.test")
            #expect(ready.status == 0, "\(ready.output)")
            #expect(try await self.world.ask("test", "certificate").status == 0)
            let audit = try await self.world.isthmusctl("audit", "list")
            #expect(audit.contains("the pilot") && audit.contains("test message"))
            await romeo.close()
        }

        /// Real messages both ways; what they say stands in the logs of both edges only while an administrator wants it so.
        private func say(_ romeo: XMPPClient) async throws {
            try await self.cross(romeo, "before the log is open")
            let warned = try await self.world.isthmusctl("settings", "set", "--log-message-bodies", "true", "--dry-run")
            #expect(warned.contains("what users write"), "\(warned)")
            try await self.commit("settings", "set", "--log-message-bodies", "true")
            try await self.cross(romeo, "while it is open")
            try await self.commit("settings", "set", "--log-message-bodies", "false")
            try await self.cross(romeo, "after it is closed")
            for edge in ["xmpp-edge", "sip-edge"] {
                let log = try self.world.log(edge)
                #expect(log.count { $0.contains(#""message.body":"while it is open""#) } == 2, "\(edge), both ways")
                for other in ["before the log is open", "after it is closed"] {
                    #expect(!log.contains { $0.contains(other) }, "\(edge): \(other)")
                }
            }
        }

        private func cross(_ romeo: XMPPClient, _ text: String) async throws {
            try await romeo.send(await romeo.message(to: self.user, id: text, body: text))
            try await eventually("“\(text)” at SIP", within: .seconds(20)) { self.texts.contains(text) }
            let branch = try await self.sip.message(
                text,
                from: self.user,
                to: self.contact,
                host: self.world.edgeAddress
            )
            #expect(try await eventually("its answer", value: { self.sip.fates[branch] }) == .answered(200))
            _ = try await romeo.waitFor("“\(text)”", within: .seconds(20)) {
                $0.body == text && $0.attribute("type") != "error"
            }
        }

        private var texts: [String] {
            self.sip.requests.filter { $0.method == .message }.map { String(decoding: $0.body, as: UTF8.self) }
        }

        /// A message of the contact comes back, and `explain` says why.
        private func bounced(_ romeo: XMPPClient, _ reason: String, _ rule: String) async throws {
            let error = try await eventually("an error for \(reason)", within: .seconds(40)) { () -> XMLElement? in
                let id = "\(reason)-\(UUID().uuidString)"
                try await romeo.send(await romeo.message(to: self.user, id: id, body: "hello"))
                let error = try await romeo.waitFor("the error", within: .seconds(20)) {
                    $0.attribute("id") == id && $0.attribute("type") == "error"
                }
                return try await self.lastRefusal(reason) == nil ? nil : error
            }
            #expect(error.errorText?.isEmpty == false)
            let explained = try await self.world.ask("explain", "--from", self.contact, "--to", self.user)
            #expect(explained.output.contains(rule), "\(reason): \(explained.output)")
        }
    }
}
