import Bus
import Directory
import Hummingbird
import Messaging
import Policy
import Wire

/// In whose name a test goes out, and from where.
struct WalkWish: Sendable {
    /// One of our domains; `nil`: the first of them.
    var local: String?
    /// The instance of an edge, or `all`; `nil`: the one that messages would take.
    var edge: String?

    init(local: String? = nil, edge: String? = nil) { (self.local, self.edge) = (local, edge) }

    init(_ request: Request) {
        self.local = request.query("from").map { DomainName.normalized($0) }
        self.edge = request.query("edge")
    }
}

/// The part of a test that the edges do: with their certificates and rules, from where they are. What they meet is what messages meet.
extension TestRoutes {
    /// The edges that are to walk; none when none is alive.
    ///
    /// `owner` is the one that messages would take.
    func walkers(_ kind: EdgeRecord.Kind, _ wish: WalkWish, owner: EdgeRecord?) async throws(Problem) -> [EdgeRecord] {
        let live = await self.engine.edges.map(\.edge).filter { $0.kind == kind && !$0.isDraining }
            .sorted { $0.instance < $1.instance }
        guard let name = wish.edge else {
            return (owner.flatMap { owner in live.first { $0.instance == owner.instance } } ?? live.first).map { [$0] }
                ?? []
        }
        guard name != "all" else { return live }
        guard let edge = live.first(where: { $0.instance == name }) else {
            throw Problem(status: .notFound, title: "no \(kind.rawValue) called \(name) is alive: isthmusctl edge list")
        }
        return [edge]
    }

    /// Has edges walk, all at the same time.
    ///
    /// - Returns: Their steps, or `nil` when none of them can: then this service is left.
    func walk(_ request: Body, by edges: [EdgeRecord]) async -> [TestStep]? {
        let walks = await withTaskGroup(of: (Int, EdgeWalk).self) { group in
            for (index, edge) in edges.enumerated() {
                group.addTask { (index, await self.walk(request, by: edge)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        var steps: [TestStep] = []
        for (index, edge) in edges.enumerated() {
            guard let walk = walks[index] else { continue }
            steps += walk.steps(of: edge, isOneOfMany: edges.count > 1)
        }
        let isAnybodyAble = walks.values.contains { if case .unable = $0 { false } else { true } }
        return isAnybodyAble ? steps : nil
    }

    private func walk(_ request: Body, by edge: EdgeRecord) async -> EdgeWalk {
        do throws(BusFailure) {
            guard case .testSteps(let steps) = try await self.others.ask(request, of: edge) else {
                return .failed("it answered something else")
            }
            return .done(steps)
        } catch {
            // An edge of a version before this one.
            if case .remote(let failure) = error, failure.code == .unsupported { return .unable }
            return .failed(Problem(error, of: edge.instance).title)
        }
    }

    /// Says that it is this service that walks, and what that is worth.
    func fallback(_ kind: EdgeRecord.Kind, isAlive: Bool) -> TestStep {
        let why = isAlive ? "no \(kind.rawValue) is of a version that walks itself" : "no \(kind.rawValue) is alive"
        return TestStep(
            "edge",
            .warning,
            "\(why): policy-service walks instead, from where it runs and without the edges' certificates",
            remedy: isAlive
                ? "Bring the edges to this version: isthmusctl edge list"
                : "Start one, and look at its log: isthmusctl edge list",
            reason: .edgeUnavailable
        )
    }
}

/// What one edge had to say.
private enum EdgeWalk {
    case done([TestStep])
    case failed(String)
    /// It does not know this kind of test.
    case unable

    /// Where several have walked, each step says whose it is.
    func steps(of edge: EdgeRecord, isOneOfMany: Bool) -> [TestStep] {
        let begin =
            switch self {
            case .done: TestStep("edge", .good, "\(edge.instance) walks: what it meets is what messages meet")
            case .failed(let why): TestStep("edge", .bad, "\(edge.instance): \(why)", remedy: "isthmusctl edge list")
            case .unable:
                TestStep(
                    "edge",
                    .warning,
                    "\(edge.instance) is of an older version, and cannot walk",
                    remedy: "isthmusctl edge list"
                )
            }
        var steps = [begin]
        if case .done(let found) = self { steps += found }
        guard isOneOfMany else { return steps }
        return steps.map { step in
            var step = step
            step.name = "\(edge.instance): \(step.name)"
            return step
        }
    }
}
