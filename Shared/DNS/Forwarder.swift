internal import Glibc

/// A name server that lookups are sent to: `192.0.2.1`, `192.0.2.1@5353`, `192.0.2.1:5353`, `[2001:db8::1]:5353`.
public struct Forwarder: Hashable, Sendable, CustomStringConvertible {
    public let address: String
    public let port: UInt16

    /// Reads an address with or without a port; a host name is not one.
    public init?(_ text: String) {
        if Self.isAddress(text) {
            self.address = text
            self.port = 53
            return
        }
        guard let mark = text.lastIndex(where: { $0 == "@" || $0 == ":" }),
            let port = UInt16(text[text.index(after: mark)...]),
            port != 0
        else { return nil }
        var address = text[..<mark]
        if address.first == "[", address.last == "]" { address = address.dropFirst().dropLast() }
        guard Self.isAddress(String(address)) else { return nil }
        self.address = String(address)
        self.port = port
    }

    /// The form libunbound reads.
    public var description: String { "\(self.address)@\(self.port)" }

    private static func isAddress(_ text: String) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 16, alignment: 4) { bytes in
            inet_pton(AF_INET, text, bytes.baseAddress) == 1 || inet_pton(AF_INET6, text, bytes.baseAddress) == 1
        }
    }
}
