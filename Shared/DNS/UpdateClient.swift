internal import CLDNS
internal import Glibc

/// Asks and changes one authoritative DNS server, over TCP.
///
/// Its calls wait for the network: call them where a thread may wait, never on an event loop or the cooperative pool.
public struct UpdateClient: Sendable {
    public let host: String
    public let port: Int
    /// Signs everything when given.
    public let key: UpdateKey?
    /// How long one exchange may take.
    public let timeout: Duration

    public init(host: String, port: Int, key: UpdateKey?, timeout: Duration = .seconds(10)) {
        self.host = host
        self.port = port
        self.key = key
        self.timeout = timeout
    }

    /// The server as people write it.
    public var server: String { self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)" }

    /// The records of a name and type as the server has them now.
    public func records(name: String, type: String) throws(UpdateError) -> [UpdateRecord] {
        let answer = try self.exchange(try UpdatePacket(query: name, type: type))
        try answer.checkCode(isUpdate: false)
        return answer.records(name: name, type: type)
    }

    /// Does an update: all of it, or nothing.
    public func send(_ message: UpdateMessage) throws(UpdateError) {
        try self.exchange(try UpdatePacket(message)).checkCode(isUpdate: true)
    }

    private func exchange(_ packet: UpdatePacket) throws(UpdateError) -> UpdateAnswer {
        let signature: [UInt8]? =
            if let key = self.key { try packet.sign(with: key) } else { nil }
        return try self.exchange(try packet.encoded(), signature: signature)
    }

    /// Sends what is encoded, and takes no answer that is not signed when that was.
    func exchange(_ message: [UInt8], signature: [UInt8]?) throws(UpdateError) -> UpdateAnswer {
        let answer = try UpdateAnswer(try self.transmit(message))
        if let key = self.key, let signature { try answer.verify(key: key, signature: signature) }
        return answer
    }

    /// Sends a message and waits for its answer, at each of the server's addresses until one answers.
    private func transmit(_ message: [UInt8]) throws(UpdateError) -> [UInt8] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
        var addresses: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(self.host, "\(self.port)", &hints, &addresses) == 0 else {
            throw .unreachable(server: self.server)
        }
        defer { freeaddrinfo(addresses) }
        var next = addresses
        while let address = next?.pointee {
            if let answer = self.transmit(message, to: address) { return answer }
            next = address.ai_next
        }
        throw .unreachable(server: self.server)
    }

    private func transmit(_ message: [UInt8], to address: addrinfo) -> [UInt8]? {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { storage in
            storage.copyMemory(from: UnsafeRawBufferPointer(start: address.ai_addr, count: Int(address.ai_addrlen)))
        }
        let buffer = ldns_buffer_new(message.count)
        defer { ldns_buffer_free(buffer) }
        ldns_buffer_write(buffer, message, message.count)
        let limit = timeval(tv_sec: time_t(self.timeout.components.seconds), tv_usec: 0)
        var answer: UnsafeMutablePointer<UInt8>?
        var count = 0
        defer { free(answer) }
        let status = ldns_tcp_send(&answer, buffer, &storage, address.ai_addrlen, limit, &count)
        guard status == LDNS_STATUS_OK, let answer else { return nil }
        return [UInt8](UnsafeRawBufferPointer(start: answer, count: count))
    }
}
