import Bus
import Foundation
import Hummingbird
import Logging
import Policy
import TestSupport
import Testing
import Wire

@testable import PolicyService

@Suite("The administrators' API")
struct APITests {
    let api: RunningAPI

    init() async throws { self.api = try await RunningAPI() }

    // MARK: Who may come in

    @Test("Without a token nothing answers but 401: on every route, and where there is none")
    func everyRouteNeedsAToken() async throws {
        let routes = self.api.routes.router().routes
        #expect(routes.count > 40)
        let paths = routes.map { ($0.method.rawValue, $0.path.description.replacing(/[:{][a-z]+}?/, with: "x")) }
        for (method, path) in paths + [
            ("GET", "/v1/nowhere"), ("DELETE", "/v1"), ("GET", "/v2/partners"),
        ] {
            let path = path.hasPrefix("/") ? path : "/" + path
            for token in ["", "wrong", self.api.admin + "x", String(self.api.admin.dropLast())] {
                let answer = try await self.api.send(method, path, method == "GET" ? nil : "{}", token: token)
                #expect(answer.status == 401, "\(method) \(path)")
                #expect(answer.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
                #expect(answer.headers["content-type"] == "application/problem+json")
            }
        }
        #expect(await self.api.engine.version == 0)
        #expect(self.api.others.requests.isEmpty)
    }

    @Test("An answer tells under which trace the request is in the logs: the caller's, or one of its own")
    func trace() async throws {
        let headers = ["traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]
        let answer = try await self.api.send("GET", "/v1/partners", token: self.api.admin, headers: headers)
        #expect(answer.headers["isthmus-trace-id"] == "4bf92f3577b34da6a3ce929d0e0e4736")
        let refused = try await self.api.send("GET", "/v1/partners", token: "wrong")
        #expect(refused.headers["isthmus-trace-id"]?.count == 32)
    }

    @Test("Other schemes than Bearer are no token", arguments: ["Basic", "bearer", "BEARER"])
    func schemes(_ scheme: String) async throws {
        let headers = ["Authorization": "\(scheme) \(self.api.admin)"]
        let answer = try await self.api.send("GET", "/v1/partners", token: "", headers: headers)
        #expect(answer.status == (scheme == "Basic" ? 401 : 200))
    }

    @Test("A viewer may look at everything and change nothing")
    func viewer() async throws {
        for route in self.api.routes.router().routes where route.method != .get {
            let path = "/" + route.path.description.replacing(/[:{][a-z]+}?/, with: "x").trimmingPrefix("/")
            let answer = try await self.api.send(route.method.rawValue, path, "{}", token: self.api.viewer)
            #expect(answer.status == 403, "\(route.method) \(path)")
        }
        #expect(try await self.api.send("GET", "/v1/partners", token: self.api.viewer).status == 200)
        #expect(self.api.others.requests.isEmpty)
    }

    @Test("A token is shown once and kept as a hash; removed, it is worthless at once")
    func tokens() async throws {
        let made = try await self.api.send("POST", "/v1/tokens", #"{"name":"carol","role":"admin"}"#)
        let token = try #require(made.body["token"]?.text)
        #expect(made.status == 201 && token.count > 64)
        #expect(try await self.api.send("GET", "/v1/tokens", token: token).status == 200)
        #expect(!(try await self.api.send("GET", "/v1/tokens").body.json().contains(token)))
        let files = try FileManager.default.contentsOfDirectory(
            at: self.api.scratch.folder,
            includingPropertiesForKeys: nil
        )
        for file in files {
            #expect(try Data(contentsOf: file).range(of: Data(token.utf8)) == nil, "\(file.lastPathComponent)")
        }
        #expect(try await self.api.send("POST", "/v1/tokens", #"{"name":"carol"}"#).status == 409)
        #expect(try await self.api.send("DELETE", "/v1/tokens/root").status == 409, "not the one in use")
        #expect(try await self.api.send("DELETE", "/v1/tokens/carol").status == 200)
        #expect(try await self.api.send("GET", "/v1/tokens", token: token).status == 401)
    }

    @Test("The first start leaves an administrator's token in a file only its owner can read; the next starts do not")
    func firstToken() async throws {
        let store = try SQLiteStore(path: self.api.scratch.file("other.sqlite").path)
        let path = self.api.scratch.file("admin-token").path
        let tokens = try await Tokens(store: store)
        let logger = Logger.silent
        try await FirstToken.make(in: tokens, file: path, at: 1, logger: logger)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let token = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .newlines)
        #expect(tokens.caller(with: token)?.role == .admin)
        let again = try await Tokens(store: store)
        #expect(again.caller(with: token)?.role == .admin)
        try FileManager.default.removeItem(atPath: path)
        try await FirstToken.make(in: again, file: path, at: 2, logger: logger)
        #expect(!FileManager.default.fileExists(atPath: path))
        let nowhere = try await Tokens(store: try SQLiteStore(path: self.api.scratch.file("third.sqlite").path))
        await #expect(throws: FirstTokenError.self) {
            try await FirstToken.make(in: nowhere, file: "/nonexistent/token", at: 1, logger: logger)
        }
        #expect(nowhere.records.isEmpty, "a token nobody was told is none")
    }

    // MARK: Objects

    @Test("A partner is added, shown, changed, replaced, listed and removed")
    func partnerLife() async throws {
        let added = try await self.api.send("POST", "/v1/partners", #"{"domain":"Example.ORG","sasl":"optional"}"#)
        #expect(added.status == 201 && added.body["version"]?.integer == 1 && added.headers["etag"] == "\"1\"")
        let shown = try await self.api.send("GET", "/v1/partners/EXAMPLE.org")
        #expect(shown.body["domain"]?.text == "example.org" && shown.body["partner-type"]?.text == "public-unverified")
        let changed = try await self.api.send("PATCH", "/v1/partners/example.org", #"{"partner-type":"federated"}"#)
        #expect(changed.body["changes"]?.elements?.first?["before"]?["partner-type"]?.text == "public-unverified")
        let expected = Partner(domain: "example.org", kind: .federated, sasl: .optional)
        #expect(await self.api.engine.state.partners["example.org"] == expected)
        _ = try await self.api.send("PUT", "/v1/partners/example.org", #"{"tls":"optional","sasl":"not-supported"}"#)
        let replaced = Partner(domain: "example.org", tls: .optional, sasl: .notSupported)
        #expect(await self.api.engine.state.partners["example.org"] == replaced)
        let list = try await self.api.send("GET", "/v1/partners")
        #expect(list.body["items"]?.elements?.count == 1 && list.body["version"]?.integer == 3)
        #expect(try await self.api.send("POST", "/v1/partners", #"{"domain":"example.org"}"#).status == 409)
        #expect(try await self.api.send("DELETE", "/v1/partners/example.org").status == 200)
        #expect(try await self.api.send("DELETE", "/v1/partners/example.org").status == 404)
        #expect(try await self.api.send("GET", "/v1/partners/example.org").status == 404)
        #expect(try await self.api.send("PATCH", "/v1/partners/example.org", "{}").status == 404)
    }

    @Test("Users, domains, routes and hosts live likewise; names in a path are decoded")
    func otherObjects() async throws {
        #expect(try await self.api.send("POST", "/v1/domains", #"{"domain":"sip.example"}"#).status == 201)
        #expect(try await self.api.send("POST", "/v1/users", #"{"address":"o/b@sip.example"}"#).status == 201)
        #expect(
            try await self.api.send("PATCH", "/v1/users/o%2Fb%40sip.example", #"{"xmpp-access":true}"#).status == 200
        )
        #expect(await self.api.engine.state.user(address: "o/b@sip.example")?.xmppAccess == true)
        let route = try await self.api.send("POST", "/v1/routes", #"{"domain":"sip.example","next-hop":"a.example"}"#)
        let id = try #require(route.body["changes"]?.elements?.first?["after"]?["id"]?.text)
        #expect(try await self.api.send("GET", "/v1/routes/\(id)").body["port"]?.integer == 5061)
        #expect(try await self.api.send("PATCH", "/v1/routes/\(id)", #"{"priority":2}"#).status == 200)
        #expect(try await self.api.send("PUT", "/v1/hosts/2001:DB8::0:1", #"{"outbound-only":true}"#).status == 200)
        #expect(try await self.api.send("GET", "/v1/hosts/2001:db8:0::1").body["host"]?.text == "2001:db8::1")
        #expect(try await self.api.send("DELETE", "/v1/hosts/2001:db8::1").status == 200)
    }

    @Test("Lists come in pages, in the order of the names, without one missing or twice")
    func pages() async throws {
        let hosts = (0..<25).map { #"{"host":"h\#(String(format: "%02d", $0)).example"}"# }
        let all = #"{"hosts":[\#(hosts.joined(separator: ","))]}"#
        #expect(try await self.api.send("PUT", "/v1/configuration", all).status == 200)
        var (found, after) = ([String](), "")
        while true {
            let page = try await self.api.send("GET", "/v1/hosts?limit=10&after=\(after)")
            found += (page.body["items"]?.elements ?? []).compactMap { $0["host"]?.text }
            guard let next = page.body["next"]?.text else { break }
            after = next
        }
        #expect(found == (0..<25).map { "h\(String(format: "%02d", $0)).example" })
    }

    // MARK: Mistakes

    struct Wrong: Sendable {
        let method: String
        let path: String
        let body: String?
        let status: Int
        /// The fields named, in order.
        var fields: [String] = []
    }

    static let wrongRequests: [Wrong] = [
        Wrong(method: "POST", path: "/v1/partners", body: "not json", status: 400),
        Wrong(method: "POST", path: "/v1/partners", body: #"{"connection-limit":1.5,"domain":"a.b"}"#, status: 400),
        Wrong(method: "POST", path: "/v1/partners", body: "[]", status: 422, fields: ["(all)", "domain"]),
        Wrong(method: "POST", path: "/v1/partners", body: "{}", status: 422, fields: ["domain"]),
        Wrong(
            method: "POST",
            path: "/v1/partners",
            body: #"{"domain":"a.b","tls":"x","dialback":1,"colour":"red"}"#,
            status: 422,
            fields: ["tls", "dialback", "colour"]
        ),
        Wrong(
            method: "POST",
            path: "/v1/partners",
            body: #"{"domain":"a_b","tls":"not-supported","connection-limit":0}"#,
            status: 422,
            fields: ["domain", "connection-limit", "tls, sasl, dialback"]
        ),
        Wrong(method: "PUT", path: "/v1/partners/a.b", body: #"{"domain":"c.d"}"#, status: 422, fields: ["domain"]),
        Wrong(method: "POST", path: "/v1/users", body: #"{"address":"a@b.c"}"#, status: 422, fields: ["address"]),
        Wrong(
            method: "PATCH",
            path: "/v1/settings",
            body: #"{"connection-limit":0}"#,
            status: 422,
            fields: ["connection-limit"]
        ),
        Wrong(method: "GET", path: "/v1/partners?limit=0", body: nil, status: 400),
        Wrong(method: "GET", path: "/v1/refusals?reason=nonsense", body: nil, status: 400),
        Wrong(method: "POST", path: "/v1/partners?dry-run=perhaps", body: #"{"domain":"a.b"}"#, status: 400),
        Wrong(method: "POST", path: "/v1/partners?base=x", body: #"{"domain":"a.b"}"#, status: 400),
        Wrong(method: "GET", path: "/v1/partners/%FF", body: nil, status: 400),
        Wrong(method: "GET", path: "/v1/nowhere", body: nil, status: 404),
        Wrong(method: "DELETE", path: "/v1/settings", body: nil, status: 405),
        Wrong(method: "POST", path: "/v1/partners", body: #"{"domain":"a.b","domain":"c.d"}"#, status: 400),
        Wrong(method: "POST", path: "/v1/partners?dryrun=true", body: #"{"domain":"a.b"}"#, status: 400),
        Wrong(method: "POST", path: "/v1/partners?base=0&base=1", body: #"{"domain":"a.b"}"#, status: 400),
        Wrong(method: "POST", path: "/v1/dns/apply?dry-run=true", body: #"{"checksum":"c"}"#, status: 400),
        Wrong(method: "POST", path: "/v1/dns/apply", body: "{}", status: 422, fields: ["checksum"]),
        Wrong(method: "POST", path: "/v1/certificates", body: #"{"data":"%"}"#, status: 422, fields: ["data"]),
        Wrong(
            method: "PUT",
            path: "/v1/certificates/x/uses",
            body: #"{"uses":["mail"]}"#,
            status: 422,
            fields: ["uses"]
        ),
        Wrong(
            method: "POST",
            path: "/v1/tokens",
            body: #"{"name":"","role":"king"}"#,
            status: 422,
            fields: ["role", "name"]
        ),
    ]

    @Test("Every mistake is named with its field, and nothing is done", arguments: wrongRequests)
    func mistakes(_ wrong: Wrong) async throws {
        let answer = try await self.api.send(wrong.method, wrong.path, wrong.body)
        #expect(answer.status == wrong.status)
        #expect(answer.headers["content-type"] == "application/problem+json")
        #expect(answer.body["status"]?.integer == wrong.status)
        #expect(answer.body["detail"]?.text?.isEmpty == false)
        let mistakes = (answer.body["mistakes"]?.elements ?? []).filter { $0["severity"]?.text == "mistake" }
        #expect(mistakes.compactMap { $0["field"]?.text } == wrong.fields)
        #expect(mistakes.allSatisfy { $0["problem"]?.text?.isEmpty == false && $0["remedy"]?.text?.isEmpty == false })
        #expect(await self.api.engine.version == 0)
        #expect(self.api.others.requests.isEmpty)
    }

    @Test("A body that is too large is refused")
    func tooLarge() async throws {
        let body = #"{"domain":"a.b","description":"\#(String(repeating: "x", count: Request.objectLimit))"}"#
        #expect(try await self.api.send("POST", "/v1/partners", body).status == 413)
    }

    @Test("Depth without end is no way to end the process")
    func depth() async throws {
        let body = String(repeating: "[", count: 200_000)
        #expect(try await self.api.send("POST", "/v1/partners", body).status == 400)
        #expect(try await self.api.send("GET", "/v1/partners").status == 200)
    }

    // MARK: Dry runs and versions

    @Test("Who has the present version is told that it is unchanged, until it is not")
    func unchanged() async throws {
        let first = try await self.api.send("GET", "/v1/partners")
        let tag = try #require(first.headers["etag"])
        for known in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
            let again = try await self.api.send("GET", "/v1/partners", headers: ["If-None-Match": known])
            #expect(again.status == 304 && again.body == .null && again.headers["etag"] == tag, "\(known)")
        }
        #expect(try await self.api.send("POST", "/v1/partners", #"{"domain":"a.example"}"#).status == 201)
        let changed = try await self.api.send("GET", "/v1/partners", headers: ["If-None-Match": tag])
        #expect(changed.status == 200 && changed.headers["etag"] != tag)
    }

    @Test("A dry run shows the difference and the warnings, and commits nothing")
    func dryRun() async throws {
        let answer = try await self.api.send("POST", "/v1/partners?dry-run=true", #"{"domain":"a.example"}"#)
        #expect(answer.status == 200 && answer.body["dry-run"]?.flag == true)
        #expect(answer.body["changes"]?.elements?.first?["object"]?.text == "partner a.example")
        #expect(answer.body["warnings"]?.elements?.count == 1, "row 1 of the negotiation table")
        #expect(try await self.api.send("GET", "/v1/partners").body["items"]?.elements?.isEmpty == true)
        #expect(await self.api.engine.version == 0)
        #expect(self.api.surroundings.deltas.isEmpty)
    }

    @Test("Of two changes from one version the second is refused and loses nothing")
    func conflict() async throws {
        let headers = ["If-Match": "\"0\""]
        let first = try await self.api.send("POST", "/v1/partners", #"{"domain":"a.example"}"#, headers: headers)
        let second = try await self.api.send("POST", "/v1/partners", #"{"domain":"b.example"}"#, headers: headers)
        #expect(first.status == 201)
        #expect(second.status == 412 && second.body["version"]?.integer == 1)
        #expect(second.headers["content-type"]?.hasPrefix("application/problem+json") == true)
        #expect(second.body["detail"]?.text?.contains("it is at version 1 now") == true)
        #expect(try await self.api.send("POST", "/v1/partners?base=1", #"{"domain":"b.example"}"#).status == 201)
        #expect(await self.api.engine.state.partners.keys.sorted() == ["a.example", "b.example"])
    }

    @Test(
        "If-Match holds when one of its tags is the version in force; a weak tag, and one that was never given, never does",
        arguments: [
            ("\"0\"", 201), ("\"7\", \"0\"", 201), ("*", 201), ("W/\"0\"", 412), ("\"abc\"", 412),
            ("\"-3\" , \"0\"", 201),
        ]
    )
    func ifMatch(_ tags: String, _ status: Int) async throws {
        let answer = try await self.api.send("POST", "/v1/hosts", #"{"host":"h.example"}"#, headers: ["If-Match": tags])
        #expect(answer.status == status)
        #expect(await self.api.engine.version == (status == 201 ? 1 : 0))
    }

    @Test("Of many changes at a time from one version exactly one is done")
    func race() async throws {
        let api = self.api
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<12 {
                group.addTask {
                    try await api.send("POST", "/v1/hosts?base=0", #"{"host":"h\#(index).example"}"#).status
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 201 } == 1 && statuses.count { $0 == 412 } == 11)
        #expect(await self.api.engine.version == 1)
    }

    // MARK: The whole configuration

    static let whole = """
        {"settings":{"xmpp-access":true,"blocked-domains":[{"pattern":"*.bad.example"}]},
         "domains":[{"domain":"sip.example"}],
         "partners":[{"domain":"a.example","sasl":"optional","additional-domains":["b.example"]}],
         "users":[{"address":"juliet@sip.example"}],
         "routes":[{"domain":"sip.example","next-hop":"192.0.2.1","transport":"tcp"},
                   {"domain":"sip.example","next-hop":"192.0.2.2","transport":"tcp","priority":2}],
         "hosts":[{"host":"192.0.2.1"},{"host":"192.0.2.2"}]}
        """

    @Test("A whole configuration is applied at once; applied again it changes nothing; exported it can be applied")
    func configuration() async throws {
        let first = try await self.api.send("PUT", "/v1/configuration", Self.whole)
        #expect(first.status == 200 && first.body["version"]?.integer == 1)
        #expect(first.body["changes"]?.elements?.count == 8)
        let again = try await self.api.send("PUT", "/v1/configuration", Self.whole)
        #expect(again.body["version"]?.integer == 1 && again.body["changes"]?.elements?.isEmpty == true)
        let exported = try await self.api.send("GET", "/v1/configuration").body
        let imported = try await self.api.send("PUT", "/v1/configuration", exported.json())
        #expect(imported.body["changes"]?.elements?.isEmpty == true)
    }

    @Test("A section that is in the document replaces the present one; one that is not is left alone")
    func sections() async throws {
        _ = try await self.api.send("PUT", "/v1/configuration", Self.whole)
        let answer = try await self.api.send("PUT", "/v1/configuration", #"{"partners":[]}"#)
        #expect(answer.body["changes"]?.elements?.map { $0["action"]?.text } == ["remove"])
        let state = await self.api.engine.state
        #expect(state.partners.isEmpty && state.snapshot.routes.count == 2 && state.settings.xmppAccess)
    }

    @Test("One mistake in a whole configuration, and none of it is taken")
    func atomic() async throws {
        let body = #"{"hosts":[{"host":"a.example"},{"host":"not a host"}]}"#
        #expect(try await self.api.send("PUT", "/v1/configuration", body).status == 422)
        #expect(await self.api.engine.snapshot.hosts.isEmpty)
    }

    // MARK: Records

    @Test("The audit log names the author, the reason and what changed")
    func audit() async throws {
        _ = try await self.api.send("POST", "/v1/hosts?reason=new%20server", #"{"host":"192.0.2.1"}"#)
        _ = try await self.api.send("PATCH", "/v1/hosts/192.0.2.1", #"{"outbound-only":true}"#)
        let entries = try await self.api.send("GET", "/v1/audit").body["items"]?.elements ?? []
        #expect(entries.map { $0["author"]?.text } == ["root", "root"])
        #expect(entries.map { $0["version"]?.integer } == [2, 1])
        #expect(entries[1]["reason"]?.text == "new server")
        #expect(entries[0]["changes"]?.elements?.first?["action"]?.text == "change")
    }

    @Test("Refusals, subscriptions, edges and status are shown")
    func records() async throws {
        await self.api.refusals.add((0..<3).map(StoreContractTests.refusal))
        let refusals = try await self.api.send("GET", "/v1/refusals?reason=unknown-partner").body["items"]?.elements
        #expect(refusals?.first?["to"]?.text == "user0@sip.example")
        try await self.api.store.apply([.put(StoreContractTests.subscription(1))])
        let subscriptions = try await self.api.send("GET", "/v1/subscriptions?direction=xmpp-to-sip").body["items"]?
            .elements
        #expect(subscriptions?.first?["watcher"]?.text == "w1@example.org")
        let edge = EdgeRecord(kind: .sip, instance: "s1", endpoint: "tcp://1")
        let heartbeat = EdgeHeartbeat(edge: edge, status: EdgeStatus(policyEpoch: "one", policySequence: 1))
        #expect(await self.api.engine.heard(from: heartbeat))
        let edges = try await self.api.send("GET", "/v1/edges").body["items"]?.elements
        #expect(edges?.first?["instance"]?.text == "s1" && edges?.first?["policy-current"]?.flag == true)
        let status = try await self.api.send("GET", "/v1/status").body
        #expect(status["counts"]?["sip-edges"]?.integer == 1)
        let streams = try await self.api.send("GET", "/v1/streams").body
        #expect(streams["unanswered"]?.elements?.count == 1, "an edge that does not answer is named")
    }

    @Test("How the next hops fare is what each sip-edge says of them; one that does not answer is named")
    func nextHops() async throws {
        let edge = EdgeRecord(kind: .sip, instance: "s1", endpoint: "tcp://1")
        #expect(await self.api.engine.heard(from: EdgeHeartbeat(edge: edge, status: EdgeStatus())))
        #expect(try await self.api.send("GET", "/v1/next-hops").body["unanswered"]?.elements?.count == 1)
        let hop = NextHopStatus(
            routes: ["r1"],
            name: "tls:lync.example:5061",
            state: .down,
            error: "no answer",
            failedAt: 1
        )
        self.api.others.answer(.sipEdge, .success(.streamPage(StreamPage(streams: [], nextHops: [hop]))))
        let shown = try #require(try await self.api.send("GET", "/v1/next-hops").body["items"]?.elements?.first)
        #expect(shown["edge"]?.text == "s1" && shown["state"]?.text == "down")
        #expect(shown["last-error"]?.text == "no answer" && shown["last-probe"]?.text == nil)
        #expect(shown["routes"]?.elements?.compactMap(\.text) == ["r1"])
    }

    // MARK: Other services

    @Test("DNS is planned and applied by dns-publisher, and noted")
    func dns() async throws {
        let plan = DNSPlan(checksum: "c1", changes: [], desired: [], text: "nothing")
        self.api.others.answer(.dnsPublisher, .success(.dnsPlan(plan)))
        #expect(try await self.api.send("GET", "/v1/dns/plan").body["checksum"]?.text == "c1")
        self.api.others.answer(
            .dnsPublisher,
            .success(.dnsResult(DNSResult(applied: 2, isVerified: true, text: "done")))
        )
        let result = try await self.api.send("POST", "/v1/dns/apply", #"{"checksum":"c1"}"#)
        #expect(result.body["applied"]?.integer == 2)
        #expect(self.api.others.requests == [.dnsPlanRequest, .dnsApply(DNSApplyRequest(checksum: "c1"))])
        #expect(try await self.api.store.audit(PageRequest()).map(\.action) == ["dns apply"])
    }

    @Test("The dialback secret is replaced by dialback-authority, and noted with author and reason")
    func dialback() async throws {
        let old = DialbackStatus.Secret(id: "1b2c3d4e", createdAt: 1_763_600_000_000, endsAt: 1_763_706_000_000)
        let status = DialbackStatus(
            secrets: [DialbackStatus.Secret(id: "7f3a9c01", createdAt: 1_763_702_400_000), old],
            overlapSeconds: 3600
        )
        self.api.others.answer(.dialbackAuthority, .success(.dialbackStatus(status)))
        let shown = try await self.api.send("GET", "/v1/dialback").body
        #expect(shown["secrets"]?.elements?.map { $0["state"]?.text } == ["current", "previous"])
        #expect(shown["secrets"]?.elements?.last?["ends-at"]?.text == "2025-11-21T06:20:00.000Z")
        let path = "/v1/dialback/rotate?reason=leaked"
        let answer = try await self.api.send("POST", path, #"{"immediately":true}"#)
        #expect(answer.status == 200)
        #expect(try await self.api.send("POST", path, "{}", token: self.api.viewer).status == 403)
        #expect(try await self.api.send("POST", path, #"{"now":true}"#).status == 422)
        #expect(
            self.api.others.requests == [
                .dialbackStatusRequest, .dialbackRotation(DialbackRotation(endsOldAtOnce: true)),
            ]
        )
        let entries = try await self.api.store.audit(PageRequest())
        let entry = try #require(entries.first { $0.action == "dialback rotate" })
        #expect(entry.action == "dialback rotate" && entry.reason == "leaked" && entry.author == "root")
        #expect(entry.changes.map(\.object) == ["dialback secret 7f3a9c01"])
        self.api.others.answer(.dialbackAuthority, .failure(.remote(Failure(.conflict, "too early"))))
        #expect(try await self.api.send("POST", path, "{}").status == 409)
    }

    static let busFailures: [(BusFailure, Int)] = [
        (.timeout, 504), (.unreachable, 502), (.overloaded, 503), (.malformed("x"), 502),
        (.remote(Failure(.conflict, "the plan has changed")), 409), (.remote(Failure(.invalid, "x")), 422),
        (.remote(Failure(.notFound, "x")), 404),
    ]

    @Test("What another service cannot do is answered in its words", arguments: busFailures)
    func failures(_ failure: BusFailure, _ status: Int) async throws {
        self.api.others.answer(.certService, .failure(failure))
        let answer = try await self.api.send("GET", "/v1/certificates")
        #expect(answer.status == status)
        #expect(answer.body["detail"]?.text?.isEmpty == false)
    }

    @Test("A certificate is brought in without its key or password being noted or shown")
    func certificate() async throws {
        let record = CertificateRecord(id: "c7", state: .active, uses: [.xmpp], names: ["sip.example"])
        self.api.others.answer(.certService, .success(.certificateResult(record)))
        let body = #"{"data":"AAEC","password":"hush","private-key":"-----BEGIN PRIVATE KEY-----","uses":["xmpp"]}"#
        let answer = try await self.api.send("POST", "/v1/certificates", body)
        #expect(answer.status == 201 && answer.body["id"]?.text == "c7")
        guard case .certificateImport(let wish) = self.api.others.requests.first else {
            Issue.record("not asked")
            return
        }
        #expect(wish.data == [0, 1, 2] && wish.password == "hush")
        let wrong = try await self.api.send("POST", "/v1/certificates", #"{"data":"AAEC","password":["hush"]}"#)
        #expect(wrong.status == 422 && !wrong.body.json().contains("hush"))
        let audit = try await self.api.send("GET", "/v1/audit").body.json()
        #expect(audit.contains("certificate import") && !audit.contains("hush") && !audit.contains("PRIVATE KEY"))
    }
}
