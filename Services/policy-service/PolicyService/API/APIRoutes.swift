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
    let now: @Sendable () -> Moment
    let logger: Logger

    func router() -> Router<APIContext> {
        let router = Router(context: APIContext.self)
        router.add(middleware: TraceMiddleware())
        router.add(middleware: ProblemMiddleware(logger: self.logger))
        router.add(middleware: TokenMiddleware(tokens: self.tokens))
        let group = router.group("v1")
        let journal = Journal(store: self.store, now: self.now)
        ObjectRoutes(collection: .partners, engine: self.engine).add(to: group)
        ObjectRoutes(collection: .domains, engine: self.engine).add(to: group)
        ObjectRoutes(collection: .users, engine: self.engine).add(to: group)
        ObjectRoutes(collection: .routes, engine: self.engine).add(to: group)
        ObjectRoutes(collection: .hosts, engine: self.engine).add(to: group)
        ConfigurationRoutes(engine: self.engine).add(to: group)
        RecordRoutes(store: self.store, refusals: self.refusals).add(to: group)
        self.status.add(to: group)
        CertificateRoutes(others: self.others, journal: journal).add(to: group)
        DNSRoutes(others: self.others, journal: journal).add(to: group)
        DialbackRoutes(others: self.others, journal: journal).add(to: group)
        TokenRoutes(tokens: self.tokens, journal: journal).add(to: group)
        return router
    }
}
