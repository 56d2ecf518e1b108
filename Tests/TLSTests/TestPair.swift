import TLS
import TestSupport

/// Two sessions in memory whose bytes go to each other.
final class TestPair {
    let client: TLSSession
    let server: TLSSession
    private let clientEnd = TestTransport()
    private let serverEnd = TestTransport()

    init(
        client clientContext: TLSContext,
        _ clientRole: TLSRole,
        server serverContext: TLSContext,
        _ serverRole: TLSRole
    ) throws {
        self.client = try TLSSession(clientContext, role: clientRole, transport: self.clientEnd)
        self.server = try TLSSession(serverContext, role: serverRole, transport: self.serverEnd)
        self.clientEnd.peer = self.serverEnd
        self.serverEnd.peer = self.clientEnd
    }

    /// Both sides in turn until both are done, or one throws.
    func handshake() throws {
        for _ in 0..<10 {
            let client = try self.client.handshake()
            let server = try self.server.handshake()
            if client, server { return }
        }
        throw TLSError.closedDuringHandshake
    }

    /// Sends `text` and reads what arrives.
    static func pass(_ text: String, from sender: TLSSession, to receiver: TLSSession) throws -> String {
        try Array(text.utf8).withUnsafeBytes { try sender.write($0) }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 20_000)
        while case .bytes(let count) = try buffer.withUnsafeMutableBytes({ try receiver.read(into: $0) }) {
            received += buffer.prefix(count)
        }
        return String(decoding: received, as: UTF8.self)
    }
}

/// Bytes on their way to one side.
final class TestTransport: TLSTransport {
    weak var peer: TestTransport?
    private var waiting: [UInt8] = []

    func readEncrypted(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, self.waiting.count)
        buffer.copyBytes(from: self.waiting.prefix(count))
        self.waiting.removeFirst(count)
        return count
    }

    func writeEncrypted(_ bytes: UnsafeRawBufferPointer) { self.peer?.waiting += bytes }
}

extension TLSContext {
    /// A context for tests.
    convenience init(_ identities: [TestIdentity] = [], trusting authority: TestAuthority? = nil) throws {
        try self.init(
            Configuration(
                identities: identities.map {
                    try TLSIdentity(certificateChainPEM: $0.chainPEM, privateKeyPEM: $0.keyPEM)
                },
                trustRootsPEM: authority?.rootPEM ?? []
            )
        )
    }
}
