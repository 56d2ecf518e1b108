import Foundation
import Synchronization

/// Ports of loopback that nobody uses.
public enum FreePort {
    /// What was given out, so that nobody else gets it before its server has taken it.
    private static let given = Mutex<Set<UInt16>>([])

    /// Free for UDP and TCP alike; below the range from which the system takes the ports of outgoing connections, so that none
    /// of them takes it before a server does, and above those of ``World``.
    public static func any() throws -> Int {
        for _ in 0..<1_000 {
            let port = UInt16.random(in: 18_000..<32_000)
            guard self.isFree(port, SOCK_DGRAM), self.isFree(port, SOCK_STREAM) else { continue }
            if self.given.withLock({ $0.insert(port).inserted }) { return Int(port) }
        }
        throw ConditionNotMet(description: "a free port")
    }

    private static func isFree(_ port: UInt16, _ type: __socket_type) -> Bool {
        let socket = socket(AF_INET, Int32(type.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafeBytes(of: &address) { bytes in
            guard let address = bytes.assumingMemoryBound(to: sockaddr.self).baseAddress else { return false }
            return bind(socket, address, socklen_t(bytes.count)) == 0
        }
    }
}
