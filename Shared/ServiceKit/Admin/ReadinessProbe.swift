import Glibc

/// Asks a service's admin port whether the service is ready; blocking, for `--health` alone.
package enum ReadinessProbe {
    /// A container's health check has 5 s; this is well below.
    private static let timeoutSeconds = 3

    package static func ask(_ endpoint: Endpoint) -> (ready: Bool, text: String) {
        guard let descriptor = self.connect(self.reachable(endpoint)) else {
            return (false, "no answer at \(endpoint)")
        }
        defer { close(descriptor) }
        let request = Array("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, CInt(MSG_NOSIGNAL)) == request.count else {
            return (false, "the connection to \(endpoint) broke")
        }
        let answer = self.readAll(descriptor)
        let body = answer.split(separator: "\r\n\r\n", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
        return (answer.hasPrefix("HTTP/1.1 200 "), body.filter { !$0.isNewline })
    }

    /// A service that listens on all addresses is asked on the loopback.
    private static func reachable(_ endpoint: Endpoint) -> Endpoint {
        switch endpoint.host {
        case "0.0.0.0": Endpoint(host: "127.0.0.1", port: endpoint.port)
        case "::": Endpoint(host: "::1", port: endpoint.port)
        default: endpoint
        }
    }

    private static func connect(_ endpoint: Endpoint) -> CInt? {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(endpoint.host, "\(endpoint.port)", &hints, &found) == 0 else { return nil }
        defer { freeaddrinfo(found) }
        var timeout = timeval(tv_sec: self.timeoutSeconds, tv_usec: 0)
        var next = found
        while let address = next?.pointee {
            let descriptor = socket(address.ai_family, address.ai_socktype | CInt(SOCK_CLOEXEC.rawValue), 0)
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                setsockopt(descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
            }
            if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return descriptor }
            close(descriptor)
            next = address.ai_next
        }
        return nil
    }

    private static func readAll(_ descriptor: CInt) -> String {
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while answer.count < 65_536 {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            answer += buffer[..<count]
        }
        return String(decoding: answer, as: UTF8.self)
    }
}
