import Foundation
import SIPCore
import TestSupport
import Testing
import XML

/// A world with one more partner, whose server is of a product and proves itself by a method that a test chooses: juliet@sip.test
/// on one side, romeo on the other.
struct Scene {
    /// What a server is, and how it and the gateway prove themselves to each other.
    struct Combination: Sendable, CustomTestStringConvertible {
        let product: XMPPServer.Product
        let method: XMPPServer.Method

        static let all = XMPPServer.Product.allCases.flatMap { product in
            XMPPServer.Method.allCases.map { Combination(product: product, method: $0) }
        }

        var testDescription: String { "\(self.product.rawValue), \(self.method.rawValue)" }
    }

    let world: World
    let server: XMPPServer
    let sip: SIPPeer
    let caller: SIPPeer

    var contact: String { "romeo@\(self.server.domain)" }

    /// Makes what a test needs, and stops it whatever happens; `settings` are more for the services.
    ///
    /// `issue` makes the certificate of the server, from the partner's authority or another that nobody knows; with
    /// `trustsGateway` the server takes the gateway's.
    static func play(
        _ number: Int,
        _ combination: Combination,
        trustsGateway: Bool = true,
        settings: [String: String] = [:],
        issue: (_ partner: TestAuthority, _ stranger: TestAuthority, _ domain: String) throws -> TestIdentity = {
            try $0.issue("DNS:\($2)")
        },
        _ test: (Scene) async throws -> Void
    ) async throws {
        try await withWorld(number, settings: settings) { world in
            let (partner, stranger) = (try TestAuthority("Partner"), try TestAuthority("Stranger"))
            let domain = XMPPServer.domain(of: combination.product)
            let gateway = try Data(contentsOf: world.scratch.file("ca/isthmus-ca.crt"))
            let server = try XMPPServer(
                combination.product,
                combination.method,
                identity: try issue(partner, stranger, domain),
                trusted: partner.rootPEM + (trustsGateway ? [UInt8](gateway) : []),
                in: world
            )
            try Data(partner.rootPEM).write(to: world.scratch.file("partner.pem"))
            try await world.isthmusctl(
                "certificate",
                "trust",
                "add",
                world.scratch.file("partner.pem").path,
                "--use",
                "xmpp"
            )
            let rules = Self.settings(combination.method)
            try await world.isthmusctl(
                "partner",
                "add",
                domain,
                "--partner-type",
                "federated",
                "--tls",
                rules.tls,
                "--sasl",
                rules.sasl,
                "--dialback",
                rules.dialback
            )
            try await world.edgesAreCurrent()
            let scene = Scene(
                world: world,
                server: server,
                sip: SIPPeer(address: world.sipAddress),
                caller: SIPPeer(address: world.sipAddress)
            )
            do {
                try await server.start()
                try await scene.sip.listen()
                try await test(scene)
            } catch {
                await scene.end()
                throw error
            }
            await scene.end()
        }
    }

    private func end() async {
        await self.caller.stop()
        await self.sip.stop()
        try? await self.server.kill()
    }

    /// What the partner is set to: the one method, and no other (SPEC §3, rows 2, 13 and 17).
    private static func settings(_ method: XMPPServer.Method) -> (tls: String, sasl: String, dialback: String) {
        switch method {
        case .external: ("required", "required", "false")
        case .tlsDialback: ("required", "not-supported", "true")
        case .tcpDialback: ("not-supported", "not-supported", "true")
        }
    }

    // MARK: What is said

    /// A request from juliet, whose fate is kept by its branch.
    func say(_ text: String) async throws -> String {
        try await self.caller.message(
            text,
            from: "juliet@sip.test",
            to: self.contact,
            host: self.world.edgeAddress
        )
    }

    func fate(of branch: String, within deadline: Duration = .seconds(40)) async throws -> SIPPeer.Fate {
        try await eventually("an answer", within: deadline, value: { self.caller.fates[branch] })
    }

    /// The texts of the messages that reached the SIP server, in order.
    var arrivedAtSIP: [String] {
        self.sip.requests.filter { $0.method == .message }.map { String(decoding: $0.body, as: UTF8.self) }
    }

    /// Sends both ways until one message each has crossed.
    func opens(_ text: String, _ romeo: XMPPClient) async throws {
        var attempt = 0
        try await eventually("a message to SIP \(text)") {
            attempt += 1
            let id = "\(text)-\(attempt)"
            try await romeo.send(await romeo.message(to: "juliet@sip.test", id: id, body: text))
            return (try? await eventually("it", within: .seconds(5)) { self.arrivedAtSIP.contains(text) }) != nil
        }
        try await eventually("a message to XMPP \(text)") {
            try await self.fate(of: try await self.say(text)) == .answered(200)
        }
        _ = try await romeo.waitFor("it") { $0.body == text }
    }

    // MARK: What the operator sees

    /// A live stream, as `isthmusctl stream list` tells it.
    struct Stream: Decodable {
        let direction: String
        let authentication: String
        let security: String
        let state: String
        let remoteDomains: [String]

        enum CodingKeys: String, CodingKey {
            case direction, authentication, security, state
            case remoteDomains = "remote-domains"
        }
    }

    /// The established streams with the server.
    func streams() async throws -> [Stream] {
        let all = try await self.world.isthmusctl("stream", "list", "-o", "json")
        return try JSONDecoder().decode([Stream].self, from: Data(all.utf8)).filter {
            $0.remoteDomains == [self.server.domain] && $0.state == "established"
        }
    }

    /// The records of refused streams.
    func refusals() async throws -> [[String: Any]] {
        let list = try await self.world.isthmusctl("refusal", "list", "-o", "json")
        return try JSONSerialization.jsonObject(with: Data(list.utf8)) as? [[String: Any]] ?? []
    }
}
