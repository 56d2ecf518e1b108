internal import Glibc

/// The network interfaces of this machine.
enum NetworkInterface {
    /// The first IPv4 address that is neither loopback nor link-local; `nil` when there is none.
    static func firstAddress() -> String? {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return nil }
        defer { freeifaddrs(list) }
        var next = list
        while let interface = next {
            next = interface.pointee.ifa_next
            let flags = CInt(bitPattern: interface.pointee.ifa_flags)
            guard flags & CInt(IFF_UP) != 0, flags & CInt(IFF_LOOPBACK) == 0 else { continue }
            guard let address = interface.pointee.ifa_addr, address.pointee.sa_family == AF_INET else { continue }
            var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = getnameinfo(address, size, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
            guard result == 0 else { continue }
            let text = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if !text.hasPrefix("169.254.") { return text }
        }
        return nil
    }
}
