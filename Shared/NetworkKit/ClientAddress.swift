internal import NIOCore

/// Whom connections, handshakes and rates are counted for: an IPv4 address, or an IPv6 /64, for a subscriber usually has a
/// whole one and could otherwise come from 2⁶⁴ addresses.
///
/// IPv4 is not counted by network: behind one /24 are the servers of many.
enum ClientAddress: Hashable, Sendable {
    case four(UInt32)
    /// The first 64 bits.
    case six(UInt64)
    /// A Unix domain socket: no stranger.
    case local

    init(_ address: SocketAddress?) {
        switch address {
        case .v4(let address):
            self = .four(withUnsafeBytes(of: address.address) { Self.number($0, at: Self.fourOffset) })
        case .v6(let address):
            self = withUnsafeBytes(of: address.address) { bytes in
                let high: UInt64 = Self.number(bytes, at: Self.sixOffset)
                let next: UInt32 = Self.number(bytes, at: Self.sixOffset + 8)
                // ::ffff:192.0.2.1 is an IPv4 client of a listener for both.
                guard high == 0, next == 0xFFFF else { return .six(high) }
                return .four(Self.number(bytes, at: Self.sixOffset + 12))
            }
        case .unixDomainSocket, nil:
            self = .local
        }
    }

    /// Where `sockaddr_in` has its address: behind family and port.
    private static let fourOffset = 4
    /// Where `sockaddr_in6` has its address: behind family, port and flow label.
    private static let sixOffset = 8

    private static func number<Number: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Number {
        Number(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}
