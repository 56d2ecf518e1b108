import Foundation
import TestSupport
import XML
import XMPPCore

/// Where scenes are played: users of a real Prosody on one side, SIPp on the other, the gateway's six services between them.
actor ConformanceStage {
    /// What was seen at each label of a scene.
    typealias Observations = [String: [String]]

    private let world: World
    private var number = 0
    /// XMPP users and SIP users of the scene that is on, by name.
    private var clients: [String: XMPPClient] = [:]
    private var positions: [String: Int] = [:]
    private var servers: [String: SIPpRun] = [:]

    private static let domains = (xmpp: "xmpp.test", sip: "sip.test")
    /// SIPp as a client has a port of its own in each scene, for the one before may keep it a while.
    private static let clientPorts = 5_100

    init(_ world: World) { self.world = world }

    /// Plays a scene to its end.
    ///
    /// - Throws: ``SceneError`` with the line and the difference
    func play(_ scene: ConformanceScene) async throws -> Observations {
        self.number += 1
        let people = Dictionary(scene.people.map { ($0.name, $0) }) { $1 }
        var cast = ["xmpp": Self.domains.xmpp, "sip": Self.domains.sip]
        for person in scene.people { cast[person.name] = self.address(of: person) }
        var placeholders = Placeholders(cast: cast)
        var observations: Observations = [:]
        do {
            for person in scene.people where person.side == .xmpp { try await self.logIn(person) }
            let steps = scene.playedSteps
            try await self.startServers(steps, people, placeholders, scene.name)
            for step in steps {
                guard let person = people[step.person] else { continue }
                do {
                    let seen =
                        switch person.side {
                        case .xmpp: try await self.playXMPP(step, person, &placeholders)
                        case .sip: try await self.playSIP(step, steps, person, &placeholders, scene.name)
                        }
                    let text = step.verb == .receives ? "`\(seen)`" : "sent: `\(seen)`"
                    for label in step.labels { observations[label, default: []].append(text) }
                } catch {
                    throw SceneError(description: "\(scene.name).scene:\(step.line): \(error)")
                }
            }
            for server in self.servers.values { try await server.finish() }
            try await self.expectNothingMore(scene)
        } catch {
            await self.clear()
            throw error
        }
        await self.clear()
        return observations
    }

    private func address(of person: ConformanceScene.Person) -> String {
        let user = person.user ?? "\(person.name).\(self.number)"
        return "\(user)@\(person.side == .xmpp ? Self.domains.xmpp : Self.domains.sip)"
    }

    private func clear() async {
        for client in self.clients.values { await client.close() }
        for server in self.servers.values { server.kill() }
        self.clients = [:]
        self.servers = [:]
        self.positions = [:]
    }

    // MARK: - XMPP

    private func logIn(_ person: ConformanceScene.Person) async throws {
        let local = String(self.address(of: person).prefix { $0 != "@" })
        let jid = try JID(local: local, domain: Self.domains.xmpp, resource: person.device ?? "test")
        self.positions[person.name] = 0
        self.clients[person.name] = try await XMPPClient.connect(
            .user(jid, password: local),
            host: self.world.prosodyAddress,
            port: self.world.prosodyPort
        )
    }

    private func playXMPP(
        _ step: ConformanceScene.Step,
        _ person: ConformanceScene.Person,
        _ placeholders: inout Placeholders
    ) async throws -> String {
        switch step.verb {
        case .comes:
            try await self.logIn(person)
            return "\(person.name) comes online"
        case .leaves:
            await self.clients.removeValue(forKey: person.name)?.close()
            return "\(person.name) goes offline"
        case .sends:
            let element = try XMLElement.scene(placeholders.filled(step.text))
            try await self.clients[person.name]?.send(element)
            // What was sent is what the scene says: it is shown with names in the place of addresses.
            return try element.match(try XMLElement.scene(step.text), &placeholders)
        case .receives:
            let pattern = try XMLElement.scene(step.text)
            return try await self.nextStanza(person.name).match(pattern, &placeholders)
        case .answers: throw SceneError(description: "XMPP users send")
        }
    }

    /// The next stanza that came from the SIP side.
    private func nextStanza(_ name: String) async throws -> XMLElement {
        guard let client = self.clients[name] else { throw SceneError(description: "\(name) is offline") }
        let position = self.positions[name] ?? 0
        let stanza = try await eventually("a stanza for \(name)") {
            await self.stanzas(of: client).dropFirst(position).first
        }
        self.positions[name] = position + 1
        return stanza
    }

    private func stanzas(of client: XMPPClient) async -> [XMLElement] {
        await client.received.filter { stanza in
            stanza.attribute("from").flatMap { try? JID(parsing: $0) }?.domain == Self.domains.sip
        }
    }

    private func expectNothingMore(_ scene: ConformanceScene) async throws {
        for (name, client) in self.clients {
            let rest = await self.stanzas(of: client).dropFirst(self.positions[name] ?? 0)
            guard let surplus = rest.first else { continue }
            throw SceneError(description: "\(scene.name).scene: nobody expects \(surplus.source)")
        }
    }

    // MARK: - SIP

    private func startServers(
        _ steps: [ConformanceScene.Step],
        _ people: [String: ConformanceScene.Person],
        _ placeholders: Placeholders,
        _ scene: String
    ) async throws {
        for person in people.values where person.side == .sip {
            let scenario = try self.scenario(person, steps, placeholders)
            guard !scenario.isClient else { continue }
            self.servers[person.name] = try await SIPpRun(
                scenario,
                name: "\(scene)-\(person.name)",
                port: 5060,
                in: self.world
            )
        }
    }

    private func scenario(
        _ person: ConformanceScene.Person,
        _ steps: [ConformanceScene.Step],
        _ placeholders: Placeholders
    ) throws -> SIPpScenario {
        try SIPpScenario(
            steps.filter { $0.person == person.name },
            address: self.address(of: person),
            placeholders: placeholders
        )
    }

    private func playSIP(
        _ step: ConformanceScene.Step,
        _ steps: [ConformanceScene.Step],
        _ person: ConformanceScene.Person,
        _ placeholders: inout Placeholders,
        _ scene: String
    ) async throws -> String {
        if self.servers[person.name] == nil {
            self.servers[person.name] = try await SIPpRun(
                try self.scenario(person, steps, placeholders),
                name: "\(scene)-\(person.name)",
                port: Self.clientPorts + self.number,
                in: self.world
            )
        }
        guard let server = self.servers[person.name] else { throw SceneError(description: "SIPp does not run") }
        let pattern = try SIPText(step.text)
        let entry = try await server.next(pattern.startLine)
        guard entry.isReceived == (step.verb == .receives) else {
            throw SceneError(description: "what came next is \(entry.text)")
        }
        let message = try SIPText(entry.text)
        do {
            return try message.match(step.verb == .receives ? pattern : pattern.asSent, &placeholders)
        } catch {
            throw SceneError(description: "\(error), in:\n\(entry.text)")
        }
    }
}

extension SIPText {
    /// What a scene sends, as a pattern for what SIPp sent: From and To have got their tags.
    fileprivate var asSent: SIPText {
        SIPText(
            startLine: self.startLine,
            headers: self.headers.filter { !["From", "To"].contains($0.name) },
            body: self.body
        )
    }
}
