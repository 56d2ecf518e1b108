import Bus
import Hummingbird
import Policy
import Testing
import Wire

@testable import PolicyService

@Suite("Every change can be looked at first")
struct PreviewRouteTests {
    /// What changes nothing, or nothing here; the preview of `dns/apply` is `GET dns/plan`.
    private static let others = ["/v1/tests/", "/v1/certificates/checks", "/exports", "/v1/dns/apply"]

    @Test("Every route that changes something takes dry-run")
    func everyRoute() {
        for entry in APICatalogue.entries where entry.method.rawValue != "GET" {
            guard !Self.others.contains(where: { entry.path.contains($0) }) else { continue }
            #expect(entry.query.contains("dry-run"), "\(entry.path)")
        }
    }

    @Test("A new dialback secret: which are ended and which goes on is said; no rotation is asked for")
    func dialback() async throws {
        let api = try await RunningAPI()
        func status(_ previous: Bool, isPassphrase: Bool = false) -> DialbackStatus {
            let old = DialbackStatus.Secret(id: "old", createdAt: 1, endsAt: 2)
            return DialbackStatus(
                secrets: [DialbackStatus.Secret(id: "now", createdAt: 2)] + (previous ? [old] : []),
                overlapSeconds: 60,
                isPassphrase: isPassphrase
            )
        }
        func preview(_ status: DialbackStatus, _ body: String = "{}") async throws -> (Int, [String]) {
            api.others.answer(.dialbackAuthority, .success(.dialbackStatus(status)))
            let answer = try await api.send("POST", "/v1/dialback/rotate?dry-run=true", body)
            let changes = answer.body["changes"]?.elements ?? []
            return (
                answer.status, changes.map { "\($0["action"]?.text ?? "") \($0["object"]?.text ?? "")" }
            )
        }
        var (code, changes) = try await preview(status(false))
        #expect(code == 200 && changes == ["add dialback secret", "change dialback secret now"])
        (code, _) = try await preview(status(true))
        #expect(code == 409, "there are never three")
        (code, changes) = try await preview(status(true), #"{"immediately":true}"#)
        #expect(changes == ["add dialback secret", "remove dialback secret now", "remove dialback secret old"])
        (code, _) = try await preview(status(false, isPassphrase: true))
        #expect(code == 422)
        #expect(Set(api.others.requests.map { "\($0)" }) == ["\(Body.dialbackStatusRequest)"])
        #expect(try await api.store.audit(PageRequest()).isEmpty)
    }

    /// A certificate that a machine renews by itself, an own one, and what becomes of them.
    private static func records(assigned: Bool) -> [CertificateRecord] {
        let shown = assigned ? [] : ["a.example"]
        return [
            CertificateRecord(
                id: "auto",
                state: .active,
                uses: [.xmpp, .sip],
                madeFor: "a.example",
                xmppDomains: shown
            ),
            CertificateRecord(
                id: "acme",
                friendlyName: "Public",
                state: .active,
                uses: [.xmpp],
                order: CertificateOrder(directory: "d", progress: "valid"),
                xmppDomains: assigned ? [] : ["b.example"]
            ),
            CertificateRecord(
                id: "own",
                state: assigned ? .active : .unassigned,
                uses: assigned ? [.xmpp] : [],
                xmppDomains: assigned ? ["a.example", "b.example"] : []
            ),
        ]
    }

    @Test("An assignment says which automatic certificates it takes out of service, and which come back without it")
    func assignment() async throws {
        let api = try await RunningAPI()
        /// What is told when `assigned` becomes its opposite, by a request.
        func preview(
            _ method: String,
            _ path: String,
            _ body: String?,
            from assigned: Bool
        ) async throws -> DocumentValue {
            api.others.answer(.certService) { request in
                switch request {
                case .certificateList:
                    .success(.certificateInventory(.init(version: 1, records: Self.records(assigned: assigned))))
                case .certificateAssignmentPreview:
                    .success(.certificateInventory(.init(version: 1, records: Self.records(assigned: !assigned))))
                case .certificateCheck:
                    .success(.certificateReport(.init(subject: "s", findings: [.init("names", .good, "fine")])))
                default: .failure(.unreachable)
                }
            }
            let answer = try await api.send(method, "/v1/certificates/own\(path)?dry-run=true", body)
            #expect(answer.status == 200)
            return answer.body
        }
        func words(_ answer: DocumentValue) -> [String] {
            (answer["steps"]?.elements ?? []).map {
                "\($0["outcome"]?.text ?? ""): \($0["text"]?.text ?? "") \($0["remedy"]?.text ?? "")"
            }
        }
        let assigned = try await preview("PUT", "/uses", #"{"uses":["xmpp"]}"#, from: false)
        let objects = (assigned["changes"]?.elements ?? []).compactMap { $0["object"]?.text }
        #expect(objects == ["certificate own", "certificate auto", "certificate acme"])
        let told = words(assigned)
        #expect(told.contains("good: fine "))
        #expect(told.contains { $0.hasPrefix("good: it is shown from then on for a.example, b.example") })
        #expect(told.contains { $0.hasPrefix("warning: the one that is made") && $0.contains("kept and renewed") })
        #expect(told.contains { $0.contains("“Public”, which its CA renews by itself, is not shown any more") })
        #expect(told.contains { $0.contains("when it is renewed it goes first again") })

        for (method, path, body) in [("PUT", "/uses", #"{"uses":[]}"#), ("DELETE", "", nil)] {
            let undone = words(try await preview(method, path, body, from: true))
            #expect(undone.contains { $0.contains("by itself for a.example is shown from then on for a.example") })
        }
        #expect(!api.others.requests.contains { if case .certificateAssignment = $0 { true } else { false } })
    }

    @Test("Subscriptions are found by either side")
    func subscriptions() async throws {
        let api = try await RunningAPI()
        try await api.store.apply((0..<5).map { .put(StoreContractTests.subscription($0)) })
        let all = try await api.send("GET", "/v1/subscriptions").body["items"]?.elements ?? []
        let one = try #require(all.first)
        let (watcher, presentity) = (one["watcher"]?.text ?? "", one["presentity"]?.text ?? "")
        let queries = [
            ("watcher=\(watcher)", 1), ("presentity=\(presentity)", 5),
            ("watcher=xmpp:\(watcher)/device&presentity=sip:\(presentity)", 1),
        ]
        for (query, count) in queries {
            let found = try await api.send("GET", "/v1/subscriptions?\(query)").body["items"]?.elements ?? []
            #expect(found.contains(one) && found.count == count, "\(query)")
        }
        #expect(try await api.send("GET", "/v1/subscriptions?watcher=nobody@a.example").body["items"] == .list([]))
        #expect(try await api.send("GET", "/v1/subscriptions?watcher=a@b..c").status == 400)
    }
}
