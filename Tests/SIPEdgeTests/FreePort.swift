import Glibc
import NIOCore

/// A port that nobody listens on just now.
enum FreePort {
    static func take() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        let outcome = try SocketAddress(ipAddress: "127.0.0.1", port: 0).withSockAddr { address, size in
            bind(socket, address, socklen_t(size))
        }
        guard outcome == 0 else { throw NoFreePort() }
        // The port stands behind the family, in every layout of an IPv4 address.
        var bytes = [UInt8](repeating: 0, count: 16)
        var length = socklen_t(bytes.count)
        let isKnown = bytes.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { getsockname(socket, $0.assumingMemoryBound(to: sockaddr.self), &length) == 0 }
                ?? false
        }
        guard isKnown else { throw NoFreePort() }
        return Int(bytes[2]) << 8 | Int(bytes[3])
    }

    struct NoFreePort: Error {}
}
