import SIPCore
import TestSupport
import Testing
import XML

extension Federation {
    /// Certificates that do not serve, on either side, where SASL EXTERNAL is required.
    @Suite("Wrong certificates with each XMPP server")
    struct CertificateTests {
        /// What is wrong with the certificate of the server.
        enum Fault: String, Sendable, CaseIterable {
            case expired, ofAnotherName, ofAnUnknownAuthority

            func identity(_ partner: TestAuthority, _ stranger: TestAuthority, _ domain: String) throws -> TestIdentity
            {
                switch self {
                case .expired: try partner.issue("DNS:\(domain)", days: -1)
                case .ofAnotherName: try partner.issue("DNS:somebody-else.test")
                case .ofAnUnknownAuthority: try stranger.issue("DNS:\(domain)")
                }
            }

            /// What the record says of it.
            var words: String {
                switch self {
                case .expired: "expired"
                case .ofAnotherName: "does not name"
                case .ofAnUnknownAuthority: "issuer"
                }
            }
        }

        @Test(
            "A server whose certificate does not serve is refused both ways, and the record says why",
            arguments: XMPPServer.Product.allCases,
            Fault.allCases
        )
        func theirs(_ product: XMPPServer.Product, _ fault: Fault) async throws {
            let combination = Scene.Combination(product: product, method: .external)
            try await Scene.play(8, combination, issue: fault.identity) { scene in
                let romeo = try await scene.server.user("romeo")
                try await Self.bothFail(scene, romeo)
                for direction in ["outbound", "inbound"] {
                    let record = try await eventually("the record of the \(direction) stream") {
                        try await scene.refusals().first {
                            $0["remote-domain"] as? String == scene.server.domain
                                && $0["direction"] as? String == direction
                                && ($0["text"] as? String)?.contains(fault.words) == true
                        }
                    }
                    #expect(record["partner"] as? String == scene.server.domain)
                }
                #expect(
                    try scene.world.log("xmpp-edge").contains { $0.contains("refused") && $0.contains(fault.words) }
                )
                await romeo.close()
            }
        }

        @Test(
            "A server that does not trust our certificate: nothing crosses, and each sender is told",
            arguments: XMPPServer.Product.allCases
        )
        func ours(_ product: XMPPServer.Product) async throws {
            let combination = Scene.Combination(product: product, method: .external)
            try await Scene.play(9, combination, trustsGateway: false) { scene in
                let romeo = try await scene.server.user("romeo")
                try await Self.bothFail(scene, romeo)
                let record = try await eventually("the record of the outbound stream") {
                    try await scene.refusals().first {
                        $0["remote-domain"] as? String == scene.server.domain
                            && $0["direction"] as? String == "outbound"
                    }
                }
                #expect((record["text"] as? String)?.isEmpty == false)
                await romeo.close()
            }
        }

        /// One message each way; none arrives, and each sender is told.
        private static func bothFail(_ scene: Scene, _ romeo: XMPPClient) async throws {
            let fate = try await scene.fate(of: try await scene.say("to XMPP"))
            guard case .answered(let status) = fate else {
                Issue.record("\(fate)")
                return
            }
            #expect(status >= 400)
            try await romeo.send(await romeo.message(to: "juliet@sip.test", id: "m1", body: "to SIP"))
            let error = try await romeo.waitFor("the bounce", within: .seconds(60)) {
                $0.attribute("id") == "m1" && $0.attribute("type") == "error"
            }
            #expect(error.errorCondition?.isEmpty == false)
            #expect(scene.arrivedAtSIP.isEmpty)
            #expect(await romeo.received.allSatisfy { $0.body != "to XMPP" })
            #expect(try await scene.streams().isEmpty)
        }
    }
}
