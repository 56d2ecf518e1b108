import Foundation
import TLS
import TestSupport
import Testing

@Suite("The floor of TLS versions and ciphers")
struct OldProtocolTests {
    /// A ClientHello as it is sent by a client of TLS 1.0 or 1.1: no supported_versions extension.
    private static func clientHello(minor: UInt8) -> [UInt8] {
        let body: [UInt8] =
            [3, minor] + [UInt8](repeating: 7, count: 32) + [0]
            + [0, 8, 0xC0, 0x13, 0xC0, 0x14, 0x00, 0x2F, 0x00, 0x35] + [1, 0]
        let message: [UInt8] = [1, 0, 0, UInt8(body.count)] + body
        return [22, 3, 1, 0, UInt8(message.count)] + message
    }

    @Test("A client of TLS 1.0 or 1.1 is refused with an alert", arguments: [1, 2] as [UInt8])
    func oldVersions(minor: UInt8) throws {
        let transport = RecordedTransport(Self.clientHello(minor: minor))
        let server = try TLSSession(
            TLSContext([TestAuthority().issue("DNS:b.example")]),
            role: .server(requestClientCertificate: false),
            transport: transport
        )
        #expect(throws: TLSError.handshakeFailed("unsupported protocol")) { try server.handshake() }
        #expect(transport.sent.prefix(1) == [21])
        #expect(transport.sent.suffix(1) == [70])  // protocol_version
    }

    @Test("Bytes that are not TLS fail the handshake", arguments: ["<stream:stream>", "GET / HTTP/1.1\r\n\r\n"])
    func notTLS(text: String) throws {
        let transport = RecordedTransport(Array(text.utf8))
        let server = try TLSSession(
            TLSContext([TestAuthority().issue("DNS:b.example")]),
            role: .server(requestClientCertificate: false),
            transport: transport
        )
        #expect(throws: TLSError.self) { try server.handshake() }
        #expect(transport.sent.count <= 7)  // an alert at most
    }
}

/// A peer that has said all it has to say.
private final class RecordedTransport: TLSTransport {
    private var waiting: [UInt8]
    private(set) var sent: [UInt8] = []

    init(_ bytes: [UInt8]) { self.waiting = bytes }

    func readEncrypted(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, self.waiting.count)
        buffer.copyBytes(from: self.waiting.prefix(count))
        self.waiting.removeFirst(count)
        return count
    }

    func writeEncrypted(_ bytes: UnsafeRawBufferPointer) { self.sent += bytes }
}
