/// Serves with a certificate once, in memory, before any edge is given it.
///
/// What OpenSSL refuses only when a peer connects (an intermediate that is signed with SHA-1, a key that the security level
/// forbids) is found here, while the edges still have what works: cert-service proves what it takes in, and each edge, in its own
/// profile, what it is about to be given.
public enum StagedHandshake {
    /// As many steps as a handshake with both certificates takes, and more.
    private static let maximumSteps = 10
    /// Names are not looked at here.
    private static let name = "staged.invalid"

    /// A handshake in which both sides show the certificate, as an edge does in either role.
    public static func prove(
        chainPEM: [UInt8],
        privateKeyPEM: [UInt8],
        profile: TLSProfile = .standard
    ) throws(TLSError) {
        let identity = try TLSIdentity(
            names: [self.name],
            certificateChainPEM: chainPEM,
            privateKeyPEM: privateKeyPEM
        )
        let context = try TLSContext(
            TLSContext.Configuration(identities: [identity], revocation: .off, profile: profile)
        )
        let (clientEnd, serverEnd) = (MemoryTransport(), MemoryTransport())
        (clientEnd.peer, serverEnd.peer) = (serverEnd, clientEnd)
        let client = try TLSSession(
            context,
            role: .client(serverName: self.name, identity: self.name),
            transport: clientEnd
        )
        let server = try TLSSession(context, role: .server(requestClientCertificate: true), transport: serverEnd)
        for _ in 0..<Self.maximumSteps {
            let isClientDone = try client.handshake()
            let isServerDone = try server.handshake()
            if isClientDone, isServerDone { return }
        }
        throw .closedDuringHandshake
    }
}

/// Bytes on their way to one side.
private final class MemoryTransport: TLSTransport {
    weak var peer: MemoryTransport?
    private var waiting: [UInt8] = []

    func readEncrypted(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, self.waiting.count)
        buffer.copyBytes(from: self.waiting.prefix(count))
        self.waiting.removeFirst(count)
        return count
    }

    func writeEncrypted(_ bytes: UnsafeRawBufferPointer) { self.peer?.waiting += bytes }
}
