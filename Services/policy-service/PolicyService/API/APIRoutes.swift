import Hummingbird
import Logging

/// All paths of the API; README.md lists them.
struct APIRoutes: Sendable {
    let engine: PolicyEngine
    let store: any PolicyStore
    let refusals: RefusalLog
    let tokens: Tokens
    let others: any OtherServices
    let status: StatusRoutes
    let probes: any Probes
    var attempts = Attempts()
    let now: @Sendable () -> Moment
    let logger: Logger

    func router() -> Router<APIContext> {
        let router = Router(context: APIContext.self)
        router.add(middleware: TraceMiddleware())
        let problems = ProblemMiddleware(logger: self.logger)
        router.add(middleware: problems)
        let journal = Journal(store: self.store, now: self.now)
        router.add(
            middleware: TokenMiddleware(
                tokens: self.tokens,
                attempts: self.attempts,
                journal: journal,
                logger: self.logger
            )
        )
        router.add(middleware: VersionMiddleware(version: self.status.programVersion, problems: problems))
        router.add(middleware: MethodMiddleware())
        router.add(middleware: QueryMiddleware())
        router.add(middleware: UnchangedMiddleware())
        let group = router.group("v1")
        ObjectRoutes(collection: .partners, engine: self.engine).add(to: group)
        ObjectRoutes(collection: .domains, engine: self.engine).add(to: group)
        ObjectRoutes(collection: .users, engine: self.engine).add(to: group)
        ObjectRoutes(collection: .routes, engine: self.engine).add(to: group)
        ObjectRoutes(collection: .hosts, engine: self.engine).add(to: group)
        ConfigurationRoutes(engine: self.engine).add(to: group)
        ChangeSetRoutes(engine: self.engine, journal: journal, attempts: self.attempts, logger: self.logger)
            .add(to: group)
        TransferRoutes(engine: self.engine, store: self.store, journal: journal).add(to: group)
        HistoryRoutes(engine: self.engine, store: self.store).add(to: group)
        ExplainRoutes(engine: self.engine, store: self.store).add(to: group)
        GuideRoutes(engine: self.engine, others: self.others).add(to: group)
        TestRoutes(
            engine: self.engine,
            store: self.store,
            others: self.others,
            probes: self.probes,
            journal: journal
        ).add(to: group)
        RecordRoutes(store: self.store, refusals: self.refusals).add(to: group)
        self.status.add(to: group)
        CertificateRoutes(others: self.others, journal: journal).add(to: group)
        DNSRoutes(others: self.others, journal: journal).add(to: group)
        DialbackRoutes(others: self.others, journal: journal).add(to: group)
        BackupRoutes(
            engine: self.engine,
            store: self.store,
            refusals: self.refusals,
            tokens: self.tokens,
            journal: journal,
            programVersion: self.status.programVersion
        ).add(to: group)
        TokenRoutes(tokens: self.tokens, journal: journal).add(to: group)
        group.get("openapi.json") { _, _ in
            Response(document: OpenAPI.document(version: self.status.programVersion))
        }
        return router
    }
}
