import Foundation
import TestSupport
import Testing

/// A SIPp that is set up as an administrator sets up LCS: by what `isthmusctl guide lcs` says, and nothing else.
struct GuidedLCS {
    /// The static route of the Routing tab.
    struct Route: Equatable {
        let domain: String
        let nextHop: String
        let transport: String
        let port: String
    }

    private struct Guide: Decodable {
        struct Section: Decodable {
            let title: String
            let fields: [Field]
        }
        struct Field: Decodable {
            let name: String
            let value: String
        }
        let missing: [String]
        let sections: [Section]
    }

    /// What the guide says is missing.
    let missing: [String]
    let routes: [Route]
    /// The servers of the Host Authorization tab from which requests are taken and which are trusted.
    let authorized: Set<String>

    init(in world: World) async throws {
        let said = try await world.isthmusctl("guide", "lcs", "-o", "json")
        let guide = try JSONDecoder().decode(Guide.self, from: Data(said.utf8))
        self.missing = guide.missing
        let sections = guide.sections.map { section in
            (section.title, Dictionary(section.fields.map { ($0.name, $0.value) }) { $1 })
        }
        self.routes = sections.filter { $0.0.hasPrefix("Routing tab") }.compactMap { _, fields in
            guard fields["User"] == "*", fields["Phone URI"] == "unchecked", let domain = fields["Domain"],
                let nextHop = fields["Next hop"], let transport = fields["Transport"], let port = fields["Port"]
            else { return nil }
            return Route(domain: domain, nextHop: nextHop, transport: transport, port: port)
        }
        self.authorized = Set(
            sections.filter { $0.0.hasPrefix("Host Authorization tab") }.compactMap { _, fields in
                fields["Outbound Only"] == "unchecked" && fields["Treat As Authenticated"] == "checked"
                    ? fields["Server"] : nil
            }
        )
    }

    /// Sends a text to a user of a domain where the domain's route leads; whether it got its 200.
    ///
    /// `certificate` is what LCS shows where the route is over TLS.
    func send(
        _ text: String,
        from: String,
        to user: String,
        at domain: String,
        by address: String,
        showing certificate: TestIdentity? = nil,
        in world: World
    ) async throws -> Bool {
        let route = try #require(self.routes.first { $0.domain == domain }, "no route for \(domain): \(self.routes)")
        let injected = try world.scratch.write("SEQUENTIAL\n\(from);\(domain);\(user);\(text)\n", to: "lcs.csv")
        var target = "\(route.nextHop):\(route.port)"
        var tunnel: TLSTunnel?
        if route.transport == "TLS" {
            tunnel = try await TLSTunnel(
                at: address,
                to: (world.edgeAddress, try #require(Int(route.port))),
                name: route.nextHop,
                showing: try #require(certificate, "LCS has no certificate"),
                trusting: [UInt8](try Data(contentsOf: world.scratch.file("ca/isthmus-ca.crt")))
            )
            target = "\(address):\(tunnel?.port ?? 0)"
        }
        let run = try await ChildProcess.run(
            SIPp.executable,
            [
                target, "-sf", MixedSoak.scenario("send-messages"), "-inf", injected.path, "-t", "t1", "-nostdin", "-i",
                address, "-p", "5070", "-m", "1", "-timeout", "30", "-timeout_error",
            ]
        )
        await tunnel?.close()
        return run.status == 0
    }
}
