import Glibc
import NIOCore
import XMPPCore

/// The keys that are being verified, for whom, and how many of them came from one address.
struct PendingVerifications {
    private struct Entry {
        let requester: InboundConnection
        let source: String
        let timeout: Scheduled<Void>
    }

    private var entries: [OutboundStream.Verification: Entry] = [:]
    private var perSource: [String: Int] = [:]

    var count: Int { self.entries.count }

    func contains(_ verification: OutboundStream.Verification) -> Bool { self.entries[verification] != nil }

    /// Keys for `pair` that are not answered yet.
    func count(for pair: DomainPair) -> Int { self.entries.keys.count { $0.pair == pair } }

    /// Keys from the address of `requester`.
    func count(from requester: InboundConnection) -> Int { self.perSource[Self.source(requester), default: 0] }

    mutating func add(
        _ verification: OutboundStream.Verification,
        for requester: InboundConnection,
        timeout: Scheduled<Void>
    ) {
        let source = Self.source(requester)
        self.entries[verification] = Entry(requester: requester, source: source, timeout: timeout)
        self.perSource[source, default: 0] += 1
    }

    /// Who asked; `nil` if nobody waits for it any more.
    mutating func remove(_ verification: OutboundStream.Verification) -> InboundConnection? {
        guard let entry = self.entries.removeValue(forKey: verification) else { return nil }
        entry.timeout.cancel()
        if let count = self.perSource[entry.source] { self.perSource[entry.source] = count > 1 ? count - 1 : nil }
        return entry.requester
    }

    /// An IPv4 address, or an IPv6 /64: a subscriber usually has a whole one.
    static func source(_ address: String) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return address }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        if isMapped { return bytes[12...].map { "\($0)" }.joined(separator: ".") }
        return bytes[..<8].map { String($0, radix: 16) }.joined(separator: ":")
    }

    private static func source(_ requester: InboundConnection) -> String { self.source(requester.peer) }
}
