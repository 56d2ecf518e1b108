import Bus
import Directory
import Hummingbird
import Messaging
import Policy
import Wire

/// Tests that an administrator starts; nothing is changed by them, and one of them sends a message.
///
/// Only what is configured can be tested: the gateway is nobody's means of reaching other hosts. The edges do the walking
/// (``TestRoutes/walk(_:by:)``).
struct TestRoutes: Sendable {

    let engine: PolicyEngine
    let store: any PolicyStore
    let others: any OtherServices
    let probes: any Probes
    let journal: Journal
    private let gate = CommitLane()

    init(
        engine: PolicyEngine,
        store: any PolicyStore,
        others: any OtherServices,
        probes: any Probes,
        journal: Journal
    ) {
        (self.engine, self.store, self.others, self.probes) = (engine, store, others, probes)
        self.journal = journal
    }

    func add(to router: RouterGroup<APIContext>) {
        let group = router.group("tests")
        group.post("partners/:key") { request, context in
            let domain = DomainName.normalized(try context.key())
            let wish = WalkWish(request)
            return try await self.inTurn { try await self.partner(domain, wish, context, request.reason()) }
        }
        group.post("routes/:key") { request, context in
            let id = try context.key()
            let wish = WalkWish(request)
            return try await self.inTurn { try await self.route(id, wish, context, request.reason()) }
        }
        group.post("messages") { request, context in
            let wish = try await MessageWish(request)
            return try await self.inTurn { try await self.message(wish, context, request.reason()) }
        }
        group.post("certificates") { _, _ in
            let domains = await self.engine.state.domains.keys.sorted()
            let steps = Checks.certificates(
                await Certificates.active(self.others),
                domains: domains,
                at: Moment.now().wall
            )
            return Response(document: TestReport(subject: "certificates", steps: steps).document)
        }
        group.post("dns") { _, _ in
            Response(document: TestReport(subject: "DNS", steps: await self.dns(nil)).document)
        }
        group.post("preflight/:key") { _, context in
            let domain = DomainName.normalized(try context.key())
            return try await self.inTurn { try await self.preflight(domain) }
        }
    }

    /// One test after the other: each opens connections.
    func inTurn(_ test: () async throws -> TestReport) async throws -> Response {
        guard await self.gate.enter() else { throw CommitRefusal.overloaded }
        let outcome: Result<TestReport, any Error>
        do { outcome = .success(try await test()) } catch { outcome = .failure(error) }
        await self.gate.leave()
        return Response(document: try outcome.get().document)
    }

    private func partner(
        _ domain: String,
        _ wish: WalkWish,
        _ context: APIContext,
        _ reason: String
    ) async throws -> TestReport {
        let state = await self.engine.state
        guard let rules = state.partner(ofDomain: domain) else {
            throw Problem(
                status: .notFound,
                title: "\(domain) is no domain of a partner; only partners are tested: isthmusctl partner add \(domain)"
            )
        }
        let ours = wish.local ?? state.domains.keys.min() ?? "localhost"
        guard wish.local == nil || state.isLocal(ours) else {
            throw Problem.badRequest("\(ours) is none of this gateway's domains: isthmusctl domain list")
        }
        let subject = "partner \(domain)"
        let owner = EdgeDirectory(state.edges.values).owner(ofLocalDomain: ours, partnerDomain: domain)
        let edges = try await self.walkers(.xmpp, wish, owner: owner)
        try await self.journal.note(context, "test partner", reason, subject)
        var steps = [self.rules(rules, domain, from: ours, state)]
        if let walked = await self.walk(.partnerTest(PartnerTest(local: ours, remote: domain)), by: edges) {
            steps += walked
        } else {
            steps.append(self.fallback(.xmpp, isAlive: !edges.isEmpty))
            let roots = await self.roots(for: .xmpp, &steps)
            steps += await self.probes.partner(domain, rules: rules, from: ours, trusting: roots)
        }
        steps.append(await self.liveStreams(.xmpp) { $0.remoteDomains.contains(domain) })
        return TestReport(subject: subject, steps: steps)
    }

    /// What policy says of a stream to the domain.
    private func rules(_ rules: Partner, _ domain: String, from ours: String, _ state: PolicyState) -> TestStep {
        let explanation = state.explain(
            .outbound,
            .stream,
            from: .init(user: nil, domain: ours),
            to: .init(user: nil, domain: domain)
        )
        let methods = rules.negotiation.methods.map(\.words).joined(separator: ", or ")
        return explanation.decision.isAllowed
            ? TestStep("policy", .good, "streams may be opened; proven by \(methods)")
            : TestStep("policy", .bad, explanation.verdict, remedy: explanation.remedy)
    }

    private func route(
        _ id: String,
        _ wish: WalkWish,
        _ context: APIContext,
        _ reason: String
    ) async throws -> TestReport {
        let state = await self.engine.state
        guard let route = state.route(id: id) else { throw CommitRefusal.notFound("route \(id)") }
        let edges = try await self.walkers(.sip, wish, owner: nil)
        try await self.journal.note(context, "test route", reason, "route \(id)")
        return TestReport(subject: "route \(id)", steps: await self.steps(of: route, state, by: edges))
    }

    private func steps(
        of route: StaticRoute,
        _ state: PolicyState,
        by edges: [EdgeRecord],
        asksRoots: Bool = true
    ) async -> [TestStep] {
        var steps: [TestStep] = []
        if let walked = await self.walk(.routeTest(RouteTest(route: route.id)), by: edges) {
            steps = walked
        } else {
            steps.append(self.fallback(.sip, isAlive: !edges.isEmpty))
            let roots = route.transport == .tls && asksRoots ? await self.roots(for: .sip, &steps) : []
            let ours = state.domains.keys.min() ?? "localhost"
            steps += await self.probes.route(route, from: ours, trusting: roots)
            if state.host(route.nextHop) == nil {
                steps.append(
                    TestStep(
                        "host authorization",
                        .warning,
                        "\(route.nextHop) is not in it, so what it sends is refused",
                        remedy: "isthmusctl host add \(route.nextHop)",
                        reason: .hostNotAuthorized
                    )
                )
            }
        }
        steps.append(await self.liveStreams(.sip) { $0.remoteDomains.contains(route.nextHop) })
        return steps
    }

    private func preflight(_ domain: String) async throws -> TestReport {
        let state = await self.engine.state
        let findings = await self.engine.findings()
        // Services that do not answer are waited for at the same time.
        async let asked = Certificates.active(self.others)
        async let records = self.dns(domain)
        var steps = Checks.policy(state, domain: domain, findings: findings)
        steps += Checks.edges(await self.engine.edges, state)
        let certificates = await asked
        steps += Checks.certificates(certificates, domains: [domain], at: Moment.now().wall)
        let routes = state.routes(to: .init(user: nil, domain: domain))
        if routes.isEmpty {
            steps.append(
                TestStep(
                    "routes",
                    .bad,
                    "no static route leads to \(domain)",
                    remedy: "isthmusctl route add \(domain) --next-hop HOST"
                )
            )
        }
        let edges = (try? await self.walkers(.sip, WalkWish(), owner: nil)) ?? []
        for route in routes {
            let walked = await self.steps(of: route, state, by: edges, asksRoots: certificates.failure == nil)
            steps += walked.map { step in
                var step = step
                step.name = "route \(route.id): \(step.name)"
                return step
            }
        }
        steps += await records
        return TestReport(subject: "cut-over of \(domain)", steps: steps)
    }

    private func dns(_ domain: String?) async -> [TestStep] {
        do throws(BusFailure) {
            guard case .dnsPlan(let plan) = try await self.others.ask(.dnsPlanRequest, of: .dnsPublisher) else {
                return [TestStep("DNS", .bad, "dns-publisher answered something else")]
            }
            return Checks.dns(plan, only: domain)
        } catch {
            return [TestStep("DNS", .bad, Problem(error, of: "dns-publisher").title)]
        }
    }

    /// The CAs that the edges trust for a use.
    private func roots(for use: CertificateUse, _ steps: inout [TestStep]) async -> [UInt8] {
        do throws(BusFailure) {
            if case .trustRoots(let roots) = try await self.others.ask(.trustRootList, of: .certService) {
                return roots.filter { $0.uses.contains(use) }.flatMap { Array($0.certificatePEM.utf8) }
            }
        } catch {
            let why = Problem(error, of: "cert-service").title
            steps.append(TestStep("trusted CAs", .warning, "only the CAs of the system are trusted here, for \(why)"))
        }
        return []
    }

    /// What no test can show: that an edge has proven who it is.
    func liveStreams(_ kind: EdgeRecord.Kind, _ isMeant: (LiveStream) -> Bool) async -> TestStep {
        var found: [String] = []
        for edge in await self.engine.edges.map(\.edge) where edge.kind == kind {
            guard case .streamPage(let page)? = try? await self.others.ask(.streamQuery(StreamQuery()), of: edge) else {
                continue
            }
            found += page.streams.filter(isMeant).map {
                "\($0.direction.rawValue) at \(edge.instance), \($0.security), \($0.authentication), \($0.state)"
            }
        }
        return found.isEmpty
            ? TestStep("live streams", .skipped, "no edge has one at the moment")
            : TestStep("live streams", .good, found.joined(separator: "; "))
    }
}
