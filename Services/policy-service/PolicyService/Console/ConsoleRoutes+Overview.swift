import Hummingbird
import Policy

/// How the gateway fares: at a glance, and service by service.
extension ConsoleRoutes {
    func addOverview(to group: RouterGroup<APIContext>) {
        group.get { request, context in try await self.signedIn(request, context) { try await Self.overview($0) } }
        group.get("health") { request, context in
            try await self.signedIn(request, context) { try await Self.health($0) }
        }
    }

    private static func overview(_ visit: ConsoleVisit) async throws -> Response {
        let status = try await visit.api.get(["status"])
        guard status.isSuccess else { return visit.problem(status) }
        let edges = try await visit.api.get(["edges"]).document["items"]?.elements ?? []
        let refusals = try await visit.api.get(["refusals"], [("limit", "5")]).document["items"]?.elements ?? []
        let findings = status.document["findings"]?.elements ?? []
        let counts = status.document["counts"] ?? .null
        let down = ["xmpp-edges", "sip-edges"].filter { (counts[$0]?.integer ?? 0) == 0 }
        func count(_ name: String, _ label: String, _ page: String) -> (String, String, ConsoleTone?, String?) {
            let number = counts[name]?.integer ?? 0
            let isDown = down.contains(name)
            return (label, "\(number)", isDown ? .bad : nil, "\(Self.root)/\(page)")
        }
        var blocks: [ConsoleBlock] = []
        if !down.isEmpty {
            let names = down.map { $0 == "xmpp-edges" ? "xmpp-edge" : "sip-edge" }.joined(separator: " and no ")
            blocks.append(.message(.bad, "No \(names) is alive: nothing crosses. Look at the service health."))
        }
        blocks.append(
            .facts([
                ("Configuration version", status.document["version"]?.summary ?? "", nil, "\(Self.root)/history"),
                count("partners", "XMPP partners", "partners"), count("domains", "SIP domains", "domains"),
                count("users", "Users", "users"), count("routes", "Static routes", "routes"),
                count("hosts", "Authorized hosts", "hosts"), count("xmpp-edges", "XMPP edges", "health"),
                count("sip-edges", "SIP edges", "health"),
            ])
        )
        blocks += [.heading("Edges"), .table(Self.table(ofEdges: edges)), .heading("To put right")]
        blocks.append(
            .table(
                ConsoleTable(
                    caption: "What there is to say about the configuration",
                    columns: ["Object", "What is wrong", "What to do"],
                    rows: findings.map { finding in
                        [
                            ConsoleCell(
                                finding["object"]?.text ?? "",
                                href: Self.page(of: finding["object"]?.text ?? "")
                            ),
                            ConsoleCell(finding["problem"]?.text ?? ""), ConsoleCell(finding["remedy"]?.text ?? ""),
                        ]
                    },
                    empty: "Nothing: the configuration is as it should be."
                )
            )
        )
        blocks += [.heading("Refused lately"), .table(Self.table(ofRefusals: refusals))]
        if !refusals.isEmpty { blocks.append(.links([("All refusals", "\(Self.root)/refusals", false)])) }
        return visit.render("Overview", "", blocks)
    }

    /// The page of an object such as `partner example.org`.
    private static func page(of object: String) -> String? {
        let parts = object.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return object == "settings" ? "\(Self.root)/external-access" : nil }
        guard let collection = ConsoleCollection.all.first(where: { $0.singular == parts[0] }) else { return nil }
        return "\(collection.href)/edit?key=\(parts[1].inQuery)"
    }

    // MARK: Health

    /// Asks all services at once: one that is down hides none of the others.
    private static func health(_ visit: ConsoleVisit) async throws -> Response {
        let api = visit.api
        async let status = api.get(["status"])
        async let edges = api.get(["edges"])
        async let certificates = api.get(["certificates"])
        async let dialback = api.get(["dialback"])
        async let dns = api.get(["dns", "plan"])
        let found = try await (status, edges, certificates, dialback, dns)
        let (document, items) = (found.0.document, found.1.document["items"]?.elements ?? [])
        let expired = (found.2.document["items"]?.elements ?? []).count { $0["state"]?.text == "expired" }
        let secrets = found.3.document["secrets"]?.elements?.count ?? 0
        let changes = found.4.document["changes"]?.elements?.count ?? 0
        let services = [
            Self.service(
                "policy-service",
                found.0,
                "program \(document["program"]?.summary ?? ""), configuration version \(document["version"]?.summary ?? "")"
            ),
            Self.service(
                "cert-service",
                found.2,
                "\(found.2.document["items"]?.elements?.count ?? 0) certificates and requests, \(expired) expired"
            ),
            Self.service("dialback-authority", found.3, "\(secrets) live secret\(secrets == 1 ? "" : "s")"),
            Self.service("dns-publisher", found.4, changes == 0 ? "DNS is as wanted" : "\(changes) changes are wanted"),
        ]
        return visit.render(
            "Service health",
            "health",
            introduction: "Every service was asked just now. Reload the page to ask again.",
            [
                .heading("Services"),
                .table(
                    ConsoleTable(caption: "Services", columns: ["Service", "State", "What it says"], rows: services)
                ),
                .heading("Edges"), .table(Self.table(ofEdges: items)), .heading("What the edges count"),
                .table(
                    ConsoleTable(
                        caption: "Counters of the edges",
                        columns: ["Edge", "Counts"],
                        rows: items.map { edge in
                            let counters = (edge["counters"]?.members ?? []).map {
                                "\(ConsoleWords.spoken($0.name)) \($0.value.summary)"
                            }
                            return [
                                ConsoleCell(edge["instance"]?.text ?? ""),
                                ConsoleCell(counters.joined(separator: ", ")),
                            ]
                        },
                        empty: "No edge is alive."
                    )
                ),
            ]
        )
    }

    private static func service(_ name: String, _ answer: ConsoleAPI.Answer, _ words: String) -> [ConsoleCell] {
        [
            ConsoleCell(name), answer.isSuccess ? ConsoleCell("up", tone: .good) : ConsoleCell("down", tone: .bad),
            ConsoleCell(answer.isSuccess ? words : answer.title),
        ]
    }

    static func table(ofEdges edges: [DocumentValue]) -> ConsoleTable {
        ConsoleTable(
            caption: "Live edges",
            columns: ["Edge", "Kind", "State", "Policy", "Addresses", "Program", "Last heard"],
            rows: edges.map { edge in
                let version = edge["policy-version"]?.integer.map { ", version \($0)" } ?? ""
                return [
                    ConsoleCell(edge["instance"]?.text ?? ""), ConsoleCell(edge["kind"]?.text ?? ""),
                    edge["draining"]?.flag == true
                        ? ConsoleCell("draining", tone: .warning) : ConsoleCell("alive", tone: .good),
                    edge["policy-current"]?.flag == true
                        ? ConsoleCell("up to date\(version)", tone: .good)
                        : ConsoleCell("behind\(version)", tone: .warning),
                    ConsoleCell(edge["public-addresses"]?.summary ?? ""), ConsoleCell(edge["program"]?.summary ?? ""),
                    ConsoleCell(time: edge["last-heard"]),
                ]
            },
            empty:
                "No edge is alive. Start xmpp-edge and sip-edge; the runbooks say what to do when they do not appear here."
        )
    }
}
