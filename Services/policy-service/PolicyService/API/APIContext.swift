import Hummingbird
import NIOCore

/// A request to the API, and who makes it.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Set by ``TokenMiddleware``; no route is reached without it.
    var caller: Caller?
    /// Where the request came from: the proxy, where there is one.
    let remoteAddress: String?

    struct Caller: Equatable, Sendable {
        var name: String
        var role: TokenRecord.Role
    }

    init(source: Source) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.remoteAddress = source.channel.remoteAddress?.ipAddress
    }

    /// The name for the audit log.
    var author: String { self.caller?.name ?? "" }
}
