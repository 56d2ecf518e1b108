import Bus
import Foundation
import FoundationNetworking
import Hummingbird
import Logging
import NIOCore
import Policy
import ServiceKit
import Synchronization
import TestSupport
import Wire

@testable import PolicyService

/// Other services as a test wants them: what they were asked, and what they answer.
final class FakeServices: OtherServices {
    private let asked = Mutex<[Body]>([])
    private let answers = Mutex<[ServiceName: @Sendable (Body) -> Result<Body, BusFailure>]>([:])

    var requests: [Body] { self.asked.withLock { $0 } }

    func answer(_ service: ServiceName, _ answer: Result<Body, BusFailure>) {
        self.answer(service) { _ in answer }
    }

    func answer(_ service: ServiceName, by answer: @escaping @Sendable (Body) -> Result<Body, BusFailure>) {
        self.answers.withLock { $0[service] = answer }
    }

    func ask(_ request: Body, of service: ServiceName) async throws(BusFailure) -> Body {
        self.asked.withLock { $0.append(request) }
        return try (self.answers.withLock { $0[service] }?(request) ?? .failure(.unreachable)).get()
    }

    func ask(_ request: Body, of edge: EdgeRecord) async throws(BusFailure) -> Body {
        try await self.ask(request, of: edge.kind == .sip ? .sipEdge : .xmppEdge)
    }
}

/// Tests of the network that a test answers itself.
struct FakeProbes: Probes {
    func partner(_ domain: String, rules: Partner, from ours: String, trusting roots: [UInt8]) async -> [TestStep] {
        [TestStep("DNS", .good, "asked about \(domain) by \(ours), with \(roots.count) bytes of roots")]
    }

    func route(_ route: StaticRoute, from ours: String, trusting roots: [UInt8]) async -> [TestStep] {
        [TestStep("connection", .bad, "\(route.nextHop) does not answer \(ours)", remedy: "start it")]
    }
}

/// The API of a policy-service on a real socket, without a bus.
final class RunningAPI: Sendable {
    let scratch: Scratch
    let store: SQLiteStore
    let engine: PolicyEngine
    let refusals: RefusalLog
    let others = FakeServices()
    let probes = FakeProbes()
    let surroundings = Surroundings()
    let metrics = MetricsRegistry()
    let routes: APIRoutes
    let base: String
    let admin: String
    let viewer: String
    let operating: String
    private let server: Task<Void, any Error>

    /// Starts it.
    ///
    /// - Parameters:
    ///   - strangers: How many requests without a good token are answered 401 at once.
    ///   - signIns: How many sign-ins to the console.
    ///   - connections: How many may be open at a time.
    /// - Throws: What keeps it from starting.
    init(strangers: Int = 100_000, signIns: Int = 5, connections: Int = 1000) async throws {
        let logger = Logger.silent
        let scratch = try Scratch("api")
        let store = try SQLiteStore(path: scratch.file("policy.sqlite").path)
        let engine = try await self.surroundings.engine(store)
        let refusals = RefusalLog(store: store, logger: logger)
        let tokens = try await Tokens(store: store)
        let status = StatusRoutes(engine: engine, others: self.others, instance: "i", programVersion: "0", startedAt: 1)
        let routes = APIRoutes(
            engine: engine,
            store: store,
            refusals: refusals,
            tokens: tokens,
            others: self.others,
            status: status,
            probes: self.probes,
            attempts: Attempts(strangers: strangers, signIns: .init(burst: signIns, interval: .seconds(10))),
            now: self.surroundings.now,
            logger: logger
        )
        let port = Mutex<Int?>(nil)
        let server = APIServer(
            listen: Endpoint(host: "127.0.0.1", port: 0),
            routes: routes,
            logger: logger,
            health: Health(),
            connections: APIConnections(limit: connections, metrics: self.metrics, logger: logger),
            onListening: { bound in port.withLock { $0 = bound } }
        )
        self.server = Task { try await server.run() }
        let bound = try await eventually("the API to listen") { port.withLock { $0 } }
        (self.scratch, self.store, self.engine, self.refusals, self.routes) = (scratch, store, engine, refusals, routes)
        self.base = "http://127.0.0.1:\(bound)"
        self.admin = try await tokens.make(name: "root", role: .admin, at: 1)
        self.viewer = try await tokens.make(name: "guest", role: .viewer, at: 1)
        self.operating = try await tokens.make(name: "clerk", role: .operator, at: 1)
    }

    deinit { self.server.cancel() }

    /// The console, as the server has one too: for its routes.
    func console() throws -> ConsoleRoutes {
        try ConsoleRoutes(
            api: self.routes.router().buildResponder(),
            tokens: self.routes.tokens,
            attempts: self.routes.attempts.signIns,
            now: self.surroundings.now,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    struct Answer: Sendable {
        var status: Int
        var body: DocumentValue
        var headers: [String: String]
    }

    /// Sends a request: without a `token` with the administrator's, with an empty one without any.
    ///
    /// What it sends is of the type that the path takes, unless `headers` say otherwise.
    func send(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        token: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        guard let url = URL(string: self.base + path) else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = method
        let token = token ?? self.admin
        if !token.isEmpty { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        if body != nil { request.setValue(Self.type(of: path), forHTTPHeaderField: "Content-Type") }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        request.httpBody = body.map { Data($0.utf8) }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        let fields = response.allHeaderFields.compactMap { name, value in
            (name as? String).map { ($0.lowercased(), "\(value)") }
        }
        let names = Dictionary(fields) { $1 }
        let isJSON = names["content-type"].map { $0 == "application/json" || $0.hasSuffix("+json") } ?? false
        let document = isJSON && !data.isEmpty ? try DocumentValue(json: data) : DocumentValue.null
        return Answer(status: response.statusCode, body: document, headers: names)
    }

    private static func type(of path: String) -> String {
        if path.hasPrefix("/v1/transfer/") { return "text/csv" }
        return path.hasPrefix("/v1/backup/") ? "application/jsonl" : "application/json"
    }
}
