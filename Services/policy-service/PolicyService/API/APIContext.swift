import Hummingbird
import NIOCore

/// A request to the API, and who makes it.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Set by ``TokenMiddleware``; no route is reached without it.
    var caller: Caller?

    struct Caller: Equatable, Sendable {
        var name: String
        var role: TokenRecord.Role
    }

    init(source: Source) {
        self.coreContext = CoreRequestContextStorage(source: source)
    }

    /// The name for the audit log.
    var author: String { self.caller?.name ?? "" }
}
