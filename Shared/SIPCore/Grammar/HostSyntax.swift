/// `hostname` and `IPv4address` of [RFC 3261 §25.1](https://www.rfc-editor.org/rfc/rfc3261#section-25.1).
enum HostSyntax {
    /// The longest name DNS has.
    private static let limit = 253

    static func isValid(_ host: String) -> Bool {
        guard !host.isEmpty, host.utf8.count <= self.limit else { return false }
        let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // A single dot at the end is allowed.
        let count = labels.last?.isEmpty == true ? labels.count - 1 : labels.count
        guard count > 0 else { return false }
        if labels[count - 1].allSatisfy({ $0.isSIPDigit }) { return self.isIPv4(host) }
        return labels.prefix(count).allSatisfy { label in
            !label.isEmpty && label.count <= 63 && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
        }
    }

    static func isIPv4(_ text: String) -> Bool {
        let octets = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return octets.count == 4
            && octets.allSatisfy { octet in
                octet.count <= 3 && octet.allSatisfy { $0.isSIPDigit } && UInt8(String(decoding: octet, as: UTF8.self)) != nil
            }
    }
}

/// `IPv6address` ([RFC 5118](https://www.rfc-editor.org/rfc/rfc5118), [RFC 5954](https://www.rfc-editor.org/rfc/rfc5954)).
enum IPv6Syntax {
    static func isValid(_ text: String) -> Bool {
        var groups = 0
        var compressed = false
        var rest = Substring(text)
        guard rest.utf8.count >= 2 else { return false }
        if rest.hasPrefix("::") {
            compressed = true
            rest = rest.dropFirst(2)
            if rest.isEmpty { return true }
        }
        while true {
            let group = rest.prefix { $0 != ":" }
            if group.contains(".") {
                guard group.count == rest.count, HostSyntax.isIPv4(String(group)) else { return false }
                groups += 2
                break
            }
            guard (1...4).contains(group.utf8.count) else { return false }
            groups += 1
            rest = rest.dropFirst(group.count)
            if rest.isEmpty { break }
            rest = rest.dropFirst()
            if rest.first == ":" {
                guard !compressed else { return false }
                compressed = true
                rest = rest.dropFirst()
                if rest.isEmpty { break }
            }
            if rest.isEmpty { return false }
        }
        return compressed ? groups <= 7 : groups == 8
    }
}
