import Foundation

/// Connections that say something and are broken off with a reset, as a crash, a scanner or an attacker does it.
public enum AbruptConnections {
    /// Makes `count` of them, one after another; those that are refused count as well.
    public static func make(
        _ count: Int,
        from source: String,
        to target: String,
        port: UInt16 = 5060,
        saying bytes: [UInt8]
    ) throws {
        for _ in 0..<count {
            let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard socket >= 0 else { throw ConditionNotMet(description: "a socket") }
            defer { close(socket) }
            var reset = linger(l_onoff: 1, l_linger: 0)
            setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
            guard self.call(bind, socket, source, 0) == 0, self.call(connect, socket, target, port) == 0 else {
                continue
            }
            _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    private static func call(
        _ function: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32,
        _ socket: Int32,
        _ host: String,
        _ port: UInt16
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return withUnsafeBytes(of: &address) { bytes in
            function(socket, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t(bytes.count))
        }
    }
}
