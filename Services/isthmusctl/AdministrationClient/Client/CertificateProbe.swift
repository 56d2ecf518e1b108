import Foundation
import Glibc
import TLS

/// Where a server is: `host:port`, `[address]:port`.
struct ServerAddress: Equatable, Sendable {
    var host: String
    var port: String

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains("/") else { return nil }
        (self.host, self.port) = (String(host), "\(port)")
    }
}

/// Connects to a server as a peer would, looks at the certificate it shows, and goes.
///
/// What the certificate is worth is not judged here: cert-service does, with the trust of the gateway.
final class CertificateProbe {
    enum Form: Equatable {
        /// TLS from the first byte: SIP, and XMPP by [XEP-0368](https://xmpp.org/extensions/xep-0368.html).
        case direct
        /// STARTTLS of a stream between servers to a domain
        /// ([RFC 6120 §5.4](https://www.rfc-editor.org/rfc/rfc6120#section-5.4)).
        case xmpp(domain: String)
    }

    /// More than any stream header and its features have.
    static let maximumBytes = 64 << 10
    /// For each answer of the server.
    static let patience = 10

    private let address: ServerAddress
    private let form: Form
    private let serverName: String
    private var socket: CInt = -1

    init(_ address: ServerAddress, _ form: Form, serverName: String) {
        (self.address, self.form, self.serverName) = (address, form, serverName)
    }

    deinit { if self.socket >= 0 { close(self.socket) } }

    /// The certificates that the server sends, its own first, as PEM.
    func chain() throws -> String {
        try self.connect()
        if case .xmpp(let domain) = self.form { try self.startTLS(domain) }
        let context = try TLSContext(TLSContext.Configuration(usesSystemRoots: true))
        let alpn = self.form == .direct ? [] : ["xmpp-server"]
        let session = try TLSSession(context, role: .client(serverName: self.serverName, alpn: alpn), transport: self)
        do {
            // The transport waits for bytes, so that a handshake that is not complete has met the end of them.
            guard try session.handshake() else { throw TLSError.closedDuringHandshake }
        } catch {
            throw self.error("TLS fails: \(error) A server that wants a certificate of its client may end it here.")
        }
        guard let peer = session.summary.peer else { throw self.error("it shows no certificate.") }
        return try peer.chain.map { der in
            String(decoding: try Certificate(der: der).pem(), as: UTF8.self)
        }.joined()
    }

    private func error(_ reason: String) -> ClientError {
        .server("\(self.address.host) port \(self.address.port)", reason: reason)
    }

    private func connect() throws {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(self.address.host, self.address.port, &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard status == 0 else { throw self.error("it has no address: \(String(cString: gai_strerror(status))).") }
        var reason = "it has no address."
        var next = found
        while let entry = next {
            let file = Glibc.socket(entry.pointee.ai_family, entry.pointee.ai_socktype | CInt(SOCK_CLOEXEC.rawValue), 0)
            var wait = timeval(tv_sec: Self.patience, tv_usec: 0)
            setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
            setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
            if Glibc.connect(file, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0 {
                self.socket = file
                return
            }
            reason = "it takes no connection: \(String(cString: strerror(errno)))."
            close(file)
            next = entry.pointee.ai_next
        }
        throw self.error(reason)
    }

    // MARK: STARTTLS

    /// Asks for TLS as a server would; what is looked for are the words, for nothing here depends on the rest.
    private func startTLS(_ domain: String) throws {
        let name = domain.filter { !"<>&\"'".contains($0) }
        self.send(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' to='\(name)' version='1.0'>"
        )
        let features = try self.text { $0.contains("</stream:features>") || $0.contains("</stream:error>") }
        guard features.contains("urn:ietf:params:xml:ns:xmpp-tls") else { throw self.error("it offers no STARTTLS.") }
        self.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        let answer = try self.text { $0.contains(">") }
        guard answer.contains("<proceed") else { throw self.error("it refuses STARTTLS.") }
    }

    private func send(_ text: String) { Array(text.utf8).withUnsafeBytes { self.writeEncrypted($0) } }

    /// What the server says until it is enough.
    private func text(until isEnough: (String) -> Bool) throws -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count < Self.maximumBytes {
            let count = buffer.withUnsafeMutableBytes { self.readEncrypted(into: $0) }
            guard count > 0 else { throw self.error("it closed the stream, or was silent for \(Self.patience) s.") }
            bytes += buffer.prefix(count)
            let text = String(decoding: bytes, as: UTF8.self)
            if isEnough(text) { return text }
        }
        throw self.error("it sends too much.")
    }
}

extension CertificateProbe: TLSTransport {
    func readEncrypted(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        max(0, recv(self.socket, buffer.baseAddress, buffer.count, 0))
    }

    func writeEncrypted(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let count = Glibc.send(self.socket, part.baseAddress, part.count, CInt(MSG_NOSIGNAL))
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
