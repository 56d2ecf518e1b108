import Glibc
import NIOCore

/// A socket whose writes go straight to the kernel: shows when the kernel takes no more, because the other side does not read.
final class StubbornPeer: Sendable {
    struct Failed: Error { let code: CInt }

    private let socket: CInt

    /// Connects; the kernel keeps at most `buffer` bytes for it, about.
    init(port: Int, buffer: CInt = 65_536) throws {
        let socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw Failed(code: errno) }
        self.socket = socket
        var size = buffer
        setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size))
        let outcome = try SocketAddress(ipAddress: "127.0.0.1", port: port).withSockAddr { address, size in
            connect(socket, address, socklen_t(size))
        }
        guard outcome == 0, fcntl(socket, F_SETFL, O_NONBLOCK) == 0 else { throw Failed(code: errno) }
    }

    deinit { Glibc.close(self.socket) }

    /// Writes as much of `bytes` as the kernel takes.
    func write(_ bytes: [UInt8]) throws -> Int {
        let count = send(self.socket, bytes, bytes.count, CInt(MSG_NOSIGNAL))
        guard count < 0 else { return count }
        guard errno == EAGAIN else { throw Failed(code: errno) }
        return 0
    }

    /// What has come; empty when nothing has.
    func read() -> String {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(self.socket, &bytes, bytes.count, 0)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : ""
    }

    /// Whether the kernel takes something within a while.
    func isWritable(within milliseconds: CInt) -> Bool {
        var descriptor = pollfd(fd: self.socket, events: Int16(POLLOUT), revents: 0)
        return poll(&descriptor, 1, milliseconds) > 0
    }
}
