import Foundation
import NIOCore
import NIOPosix
import XML
import XMPPCore

/// A user of a real XMPP server, or a component of one (XEP-0114), as a test drives it.
///
/// All that arrives is kept in the order of arrival, for the test to look at.
public actor XMPPClient {
    public enum Failure: Error {
        case disconnected
        case refused(String)
    }

    /// How it proves who it is.
    public enum Role: Sendable {
        case user(JID, password: String)
        case component(domain: String, secret: String)

        fileprivate var namespace: String {
            switch self {
            case .user: Namespace.client
            case .component: Namespace.component
            }
        }

        fileprivate var domain: String {
            switch self {
            case .user(let jid, _): jid.domain
            case .component(let domain, _): domain
            }
        }
    }

    private let role: Role
    private let channel: any Channel
    private let items: AsyncStream<XMLStreamParser.Item>
    private var reader: Task<Void, Never>?
    /// The stanzas received so far, in order; elements of the server's own namespace.
    public private(set) var received: [XMLElement] = []
    public private(set) var isConnected = true

    /// Connects and logs in; a user is then available under the resource of its JID.
    public static func connect(_ role: Role, host: String, port: Int) async throws -> XMPPClient {
        let (items, continuation) = AsyncStream.makeStream(of: XMLStreamParser.Item.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ItemReader(continuation))
                }
            }
            .connect(host: host, port: port).get()
        let client = XMPPClient(role: role, channel: channel, items: items)
        try await client.logIn()
        return client
    }

    private init(role: Role, channel: any Channel, items: AsyncStream<XMLStreamParser.Item>) {
        self.role = role
        self.channel = channel
        self.items = items
    }

    public func close() async {
        try? await self.channel.close()
        self.reader?.cancel()
    }

    /// Sends an element as it is.
    public func send(_ element: XMLElement) async throws {
        let bytes = XMLWriter.bytes(of: element, defaultNamespace: self.role.namespace)
        try await self.channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// Sends many elements in one go.
    public func send(_ elements: [XMLElement]) async throws {
        var writer = XMLWriter(defaultNamespace: self.role.namespace)
        for element in elements { writer.write(element) }
        try await self.channel.writeAndFlush(ByteBuffer(bytes: writer.bytes))
    }

    public func element(_ name: String, _ attributes: [String: String], _ children: [XMLElement] = []) -> XMLElement {
        XMLElement(
            name,
            namespace: self.role.namespace,
            attributes: attributes.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) },
            elements: children
        )
    }

    /// An element with a text, in the stream's own namespace.
    public func child(_ name: String, _ text: String) -> XMLElement {
        XMLElement(name, namespace: self.role.namespace, text: text)
    }

    public func message(from: String? = nil, to: String, id: String, body: String) -> XMLElement {
        var attributes = ["to": to, "id": id, "type": "chat"]
        attributes["from"] = from
        return self.element("message", attributes, [XMLElement("body", namespace: self.role.namespace, text: body)])
    }

    /// Waits for a stanza that `matches`, among those received since the start.
    public func waitFor(
        _ what: String,
        within deadline: Duration = patience,
        _ matches: @Sendable (XMLElement) -> Bool
    ) async throws -> XMLElement {
        try await eventually(what, within: deadline) { self.received.first(where: matches) }
    }

    // MARK: - Logging in

    private func logIn() async throws {
        switch self.role {
        case .user(let jid, let password): try await self.logIn(jid, password)
        case .component(let domain, let secret): try await self.attach(domain, secret)
        }
        self.reader = Task { await self.readAll() }
        guard case .user = self.role else { return }
        // Who has asked for the roster is told what becomes of subscriptions (RFC 6121 §2.2).
        let query = XMLElement("query", namespace: "jabber:iq:roster")
        try await self.send(self.element("iq", ["type": "get", "id": "roster"], [query]))
        try await self.send(self.element("presence", [:]))
    }

    private func logIn(_ jid: JID, _ password: String) async throws {
        try await self.openStream()
        _ = try await self.nextElement()  // features
        let plain = Data("\0\(jid.local ?? "")\0\(password)".utf8).base64EncodedString()
        try await self.send(
            XMLElement("auth", namespace: Namespace.sasl, attributes: [.init("mechanism", "PLAIN")], text: plain)
        )
        try self.expect("success", try await self.nextElement())
        try await self.openStream()
        _ = try await self.nextElement()  // features
        let bindNamespace = "urn:ietf:params:xml:ns:xmpp-bind"
        let resource = XMLElement("resource", namespace: bindNamespace, text: jid.resource ?? "test")
        try await self.send(
            self.element(
                "iq",
                ["type": "set", "id": "bind"],
                [XMLElement("bind", namespace: bindNamespace, elements: [resource])]
            )
        )
        try self.expect("iq", try await self.nextElement())
    }

    private func attach(_ domain: String, _ secret: String) async throws {
        let id = try await self.openStream()
        let digest = try await Self.sha1(id + secret)
        try await self.send(XMLElement("handshake", namespace: Namespace.component, text: digest))
        try self.expect("handshake", try await self.nextElement())
    }

    @discardableResult
    private func openStream() async throws -> String {
        let version = self.role.namespace == Namespace.client ? " version='1.0'" : ""
        let header =
            "<?xml version='1.0'?><stream:stream xmlns='\(self.role.namespace)' xmlns:stream='\(Namespace.stream)' "
            + "to='\(self.role.domain)'\(version)>"
        try await self.channel.triggerUserOutboundEvent(RestartStream()).get()
        try await self.channel.writeAndFlush(ByteBuffer(string: header))
        for await item in self.items {
            if case .opened(let root, _) = item { return root.attribute("id") ?? "" }
        }
        throw Failure.disconnected
    }

    private func nextElement() async throws -> XMLElement {
        for await item in self.items {
            switch item {
            case .element(let element, _): return element
            case .opened, .whitespace: continue
            case .closed: throw Failure.disconnected
            case .failed(let error): throw error
            }
        }
        throw Failure.disconnected
    }

    private func expect(_ name: String, _ element: XMLElement) throws {
        guard element.name == name, element.attribute("type") != "error" else {
            throw Failure.refused(String(decoding: XMLWriter.bytes(of: element), as: UTF8.self))
        }
    }

    private func readAll() async {
        for await item in self.items {
            if case .element(let element, _) = item { self.received.append(element) }
        }
        self.isConnected = false
    }

    private static func sha1(_ text: String) async throws -> String {
        let scratch = try Scratch("sha1")
        let file = try scratch.write(text, to: "text")
        let output = try await ChildProcess.run("/usr/bin/sha1sum", [file.path]).output
        return String(output.prefix { $0 != " " })
    }
}

/// Says that the next bytes out begin a new stream, and the next bytes in answer it.
private struct RestartStream: Sendable {}

extension XMLLimits {
    /// What a test takes from its own server.
    fileprivate static let testing = XMLLimits(
        bytes: 1 << 20,
        elements: 10_000,
        attributes: 100,
        depth: 50,
        text: 1 << 20
    )
}

/// Turns bytes into items of the stream.
private final class ItemReader: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let continuation: AsyncStream<XMLStreamParser.Item>.Continuation
    private var parser: Parser

    /// A box, for the parser cannot be copied.
    private final class Parser {
        var stream: XMLStreamParser
        init() throws { self.stream = try XMLStreamParser(limits: .testing) }
    }

    init(_ continuation: AsyncStream<XMLStreamParser.Item>.Continuation) throws {
        self.continuation = continuation
        self.parser = try Parser()
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is RestartStream else { return context.triggerUserOutboundEvent(event, promise: promise) }
        self.parser.stream.restart(limits: .testing)
        promise?.succeed()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        for item in self.parser.stream.feed(self.unwrapInboundIn(data).readableBytesView) {
            self.continuation.yield(item)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.continuation.finish()
        context.fireChannelInactive()
    }
}
