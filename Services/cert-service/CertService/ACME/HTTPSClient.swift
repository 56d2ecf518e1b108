import NIOCore
import NIOHTTP1
import NIOPosix
import NetworkKit
import TLS

/// Asks a CA over HTTPS, with OpenSSL as everywhere here (docs/adr/0002): a connection for each request, for an order takes
/// a dozen of them in two months.
struct HTTPSClient: Sendable {
    struct Answer: Sendable, Equatable {
        var status: Int
        /// By lower-case names; of several, the last.
        var headers: [String: String]
        var body: [UInt8]
    }

    let context: TLSContext
    let loop: any EventLoop

    /// For all of a request, its connection included.
    private static let timeout = TimeAmount.seconds(30)

    /// - Throws: ``ACMEProblem`` of the type `unreachable`: no answer, an untrusted server, an answer that is too large.
    func send(_ method: HTTPMethod, _ address: String, body: [UInt8] = []) async throws(ACMEProblem) -> Answer {
        guard let target = HTTPSAddress(address) else {
            throw .unreachable("“\(address)” is no address that begins with https://.")
        }
        var headers: HTTPHeaders = [
            "host": target.authority, "user-agent": "isthmus-cert-service", "accept-language": "en",
            "connection": "close",
        ]
        if method == .POST {
            // RFC 8555 §6.2
            headers.add(name: "content-type", value: "application/jose+json")
            headers.add(name: "content-length", value: "\(body.count)")
        }
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: target.path, headers: headers)
        do {
            return try await self.exchange(head, ByteBuffer(bytes: body), with: target).get()
        } catch let problem as ACMEProblem {
            throw problem
        } catch {
            throw .unreachable("\(target.authority) cannot be asked: \(error)")
        }
    }

    private func exchange(
        _ head: HTTPRequestHead,
        _ body: ByteBuffer,
        with target: HTTPSAddress
    ) -> EventLoopFuture<Answer> {
        let promise = self.loop.makePromise(of: Answer.self)
        let role = TLSRole.client(serverName: target.host, alpn: ["http/1.1"])
        let connection = ClientBootstrap(group: self.loop)
            .connectTimeout(Self.timeout)
            .channelInitializer { [context] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(TLSHandler(context: context, role: role))
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(HTTPSExchange(head, body, target, promise))
                }
            }
            .connect(host: target.host, port: target.port)
        connection.whenFailure { promise.fail($0) }
        let deadline = self.loop.scheduleTask(in: Self.timeout) {
            promise.fail(ACMEProblem.unreachable("\(target.authority) does not answer."))
            connection.whenSuccess { $0.close(promise: nil) }
        }
        promise.futureResult.whenComplete { _ in deadline.cancel() }
        return promise.futureResult
    }
}

/// An address that begins with `https://`.
struct HTTPSAddress: Sendable, Equatable {
    /// Without brackets.
    let host: String
    let port: Int
    /// With the query.
    let path: String

    /// As it stands in the header `Host`.
    var authority: String {
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        return self.port == Self.standardPort ? host : "\(host):\(self.port)"
    }

    private static let standardPort = 443

    init?(_ address: String) {
        guard address.lowercased().hasPrefix("https://"), address.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            return nil
        }
        let rest = address.dropFirst("https://".count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let path = rest.dropFirst(authority.count).prefix { $0 != "#" }
        self.path = path.hasPrefix("/") ? String(path) : "/\(path)"
        var host = authority
        var port = Self.standardPort
        if let colon = authority.lastIndex(of: ":"), authority.last != "]" {
            guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0 else { return nil }
            (host, port) = (authority[..<colon], Int(number))
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, !host.contains("@") else { return nil }
        (self.host, self.port) = (String(host), port)
    }
}
