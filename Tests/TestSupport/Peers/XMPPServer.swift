import Foundation
import XMPPCore

/// A real XMPP server of a partner, beside the one that every world has: its domain is `prosody.xmpp.test` or
/// `ejabberd.xmpp.test`.
///
/// It may be stopped, killed and started again; anybody may log in as any user.
public final class XMPPServer: Sendable {
    /// Which program it is.
    public enum Product: String, Sendable, CaseIterable { case prosody, ejabberd }

    /// How it proves who it is, and lets others do so.
    public enum Method: String, Sendable, CaseIterable {
        case external = "sasl-external"
        case tlsDialback = "tls-dialback"
        case tcpDialback = "tcp-dialback"
    }

    public let product: Product
    public let method: Method
    public let address: String
    let scratch: Scratch
    let nameServer: (address: String, port: String)
    /// The keys of signed zones; with them Prosody verifies by DANE.
    let trustAnchorFile: String?
    private let process = Current()

    private actor Current {
        var process: ChildProcess?
        func replace(with process: ChildProcess?) { self.process = process }
    }

    public static func domain(of product: Product) -> String { "\(product.rawValue).xmpp.test" }
    public var domain: String { Self.domain(of: self.product) }
    public var log: URL { self.scratch.file("\(self.product.rawValue).log") }

    /// Writes its configuration; `trusted` are the roots it takes certificates from, in PEM.
    public init(
        _ product: Product,
        _ method: Method,
        identity: TestIdentity,
        trusted: [UInt8],
        trustAnchorFile: String? = nil,
        in world: World
    ) throws {
        self.product = product
        self.method = method
        self.trustAnchorFile = trustAnchorFile
        self.scratch = try Scratch(product.rawValue)
        self.address = "\(world.endpoints["PEERS_NET"] ?? "").\(product == .prosody ? 12 : 13)"
        self.nameServer = (world.endpoints["DNS_ADDRESS"] ?? "", world.endpoints["DNS_PORT"] ?? "")
        try Data(trusted).write(to: self.scratch.file("trusted.pem"))
        try Data(identity.chainPEM).write(to: self.scratch.file("certificate.pem"))
        try Data(identity.keyPEM).write(to: self.scratch.file("key.pem"))
        try Data(identity.chainPEM + identity.keyPEM).write(to: self.scratch.file("both.pem"))
        try FileManager.default.createDirectory(at: self.scratch.file("data"), withIntermediateDirectories: true)
        switch product {
        case .prosody: try self.configureProsody()
        case .ejabberd: try self.configureEjabberd(gateway: world.edgeAddress)
        }
    }

    /// Starts it, and waits until users can log in.
    ///
    /// It takes SIGTERM, whatever the thread that starts it has blocked.
    public func start() async throws {
        let process =
            switch self.product {
            case .prosody: try self.startProsody()
            case .ejabberd: try self.startEjabberd()
            }
        await self.process.replace(with: process)
        do {
            try await eventually("\(self.product) to take users", within: .seconds(90)) {
                guard let user = try? await self.user("first") else { return false }
                await user.close()
                return true
            }
        } catch {
            let said = (try? String(contentsOf: self.log, encoding: .utf8)) ?? ""
            throw WorldError(description: "\(error)\n\(said.suffix(2_000))")
        }
    }

    /// Asks it to end, and waits; one that does not end, for it waits for something itself, is ended.
    public func stop() async throws {
        do {
            try await self.process.process?.stop(within: .seconds(30))
        } catch is ConditionNotMet {
            try await self.kill()
        }
    }

    /// Ends it at once, as a crash would.
    public func kill() async throws {
        await self.process.process?.kill()
        try await self.process.process?.waitForExit()
    }

    /// Logs in.
    public func user(_ name: String) async throws -> XMPPClient {
        let jid = try JID(local: name, domain: self.domain, resource: "test")
        return try await XMPPClient.connect(.user(jid, password: name), host: self.address, port: 5222)
    }
}
