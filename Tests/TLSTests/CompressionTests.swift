import TLS
import TestSupport
import Testing

/// OpenSSL may have been built without compression, so that no peer made of it can ask for some: the bytes are written by hand.
@Suite("RFC 7590 §3.2: no compression in TLS")
struct CompressionTests {
    /// `extension_type`, length and data.
    private static func block(_ type: UInt16, _ data: [UInt8]) -> [UInt8] {
        Self.two(type) + Self.two(data.count) + data
    }
    private static func two(_ number: some BinaryInteger) -> [UInt8] {
        [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
    }

    /// A ClientHello of TLS 1.2 that would rather have DEFLATE ([RFC 3749](https://www.rfc-editor.org/rfc/rfc3749)) than none.
    private static var hello: [UInt8] {
        let extensions =
            Self.block(0x000A, [0, 2, 0x00, 0x17]) + Self.block(0x000B, [1, 0])
            + Self.block(0x000D, [0, 2, 0x04, 0x03]) + Self.block(0xFF01, [0])
        let body =
            [0x03, 0x03] + [UInt8](repeating: 7, count: 32) + [0] + [0, 2, 0xC0, 0x2B] + [2, 1, 0]
            + Self.two(extensions.count) + extensions
        let message = [1, 0] + Self.two(body.count) + body
        return [0x16, 0x03, 0x01] + Self.two(message.count) + message
    }

    @Test("A peer that asks for compression is answered without")
    func server() throws {
        let (ours, theirs) = (TestTransport(), TestTransport())
        (ours.peer, theirs.peer) = (theirs, ours)
        let context = try TLSContext([TestAuthority().issue("DNS:b.example")])
        let role = TLSRole.server(requestClientCertificate: true)
        let session = try TLSSession(context, role: role, transport: ours)
        Self.hello.withUnsafeBytes { theirs.writeEncrypted($0) }
        #expect(try !session.handshake())
        let answer = Self.received(theirs)
        #expect(answer.first == 0x16 && answer[5] == 2, "ServerHello")
        // Version, random, the id of the session with its length, the cipher.
        let method = 9 + 2 + 32 + 1 + Int(answer[43]) + 2
        #expect(Array(answer[(method - 2)..<method]) == [0xC0, 0x2B])
        #expect(answer[method] == 0, "no compression")
    }

    @Test("We ask nobody for compression")
    func client() throws {
        let (ours, theirs) = (TestTransport(), TestTransport())
        (ours.peer, theirs.peer) = (theirs, ours)
        let session = try TLSSession(TLSContext(), role: .client(serverName: "b.example"), transport: ours)
        #expect(try !session.handshake())
        let hello = Self.received(theirs)
        #expect(hello.first == 0x16 && hello[5] == 1, "ClientHello")
        let ciphers = 9 + 2 + 32 + 1 + Int(hello[43])
        let methods = ciphers + 2 + Int(hello[ciphers]) << 8 + Int(hello[ciphers + 1])
        #expect(hello[methods] == 1 && hello[methods + 1] == 0, "none, and nothing else")
    }

    private static func received(_ transport: TestTransport) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 20_000)
        let count = buffer.withUnsafeMutableBytes { transport.readEncrypted(into: $0) }
        return Array(buffer.prefix(count))
    }
}
