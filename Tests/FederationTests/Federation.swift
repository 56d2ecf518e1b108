import Foundation
import TestSupport
import Testing
import XML
import XMPPCore

extension Trait where Self == ConditionTrait {
    /// Tests with real peers run when `FEDERATION` is set, as `make test` does.
    static var federation: Self {
        .enabled("needs FEDERATION=1") { ProcessInfo.processInfo.environment["FEDERATION"] != nil }
    }
}

/// The gateway between a real Prosody and SIP peers.
///
/// One suite, one test at a time: they share the machine.
@Suite("Federation", .serialized, .federation)
enum Federation {}

extension World {
    /// A user of Prosody, whose password is the name.
    func user(_ name: String, domain: String = "xmpp.test") async throws -> XMPPClient {
        let jid = try JID(local: name, domain: domain, resource: "test")
        return try await XMPPClient.connect(
            .user(jid, password: name),
            host: self.prosodyAddress,
            port: self.prosodyPort
        )
    }

    /// Waits until all edges follow the policy.
    func edgesAreCurrent() async throws {
        try await eventually("the edges to follow the policy", within: .seconds(30)) {
            let edges = try await self.isthmusctl("edge", "list", "-o", "json")
            let list = try JSONSerialization.jsonObject(with: Data(edges.utf8)) as? [[String: Any]]
            return list?.count == 2 && list?.allSatisfy { $0["policy-current"] as? Bool == true } == true
        }
    }
}

extension XMLElement {
    /// The body of a message stanza.
    var body: String? { self.elements.first { $0.name == "body" }?.text }

    /// The condition of an error stanza.
    var errorCondition: String? {
        self.elements.first { $0.name == "error" }?.elements.first {
            $0.namespace == Namespace.stanzaErrors && $0.name != "text"
        }?
        .name
    }

    /// The text of an error stanza.
    var errorText: String? {
        self.elements.first { $0.name == "error" }?.elements.first { $0.name == "text" }?.text
    }
}

/// Runs `test` in a world of its own, which is stopped whatever happens; then no log may hold anything secret.
func withWorld(
    _ number: Int,
    settings: [String: String] = [:],
    _ test: (World) async throws -> Void
) async throws {
    let world = try await World(number, settings: settings)
    do {
        try await test(world)
    } catch {
        await world.stop()
        throw error
    }
    await world.stop()
    let secrets = try world.secretsInLogs()
    #expect(secrets.isEmpty, "secrets in logs: \(secrets)")
}
