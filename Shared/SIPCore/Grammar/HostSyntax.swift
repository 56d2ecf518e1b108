/// `hostname` and `IPv4address` of [RFC 3261 §25.1](https://www.rfc-editor.org/rfc/rfc3261#section-25.1).
enum HostSyntax {
    /// The longest name DNS has.
    private static let limit = 253

    private static let labelLimit = 63

    static func isValid(_ host: String) -> Bool {
        guard !host.isEmpty, host.utf8.count <= self.limit else { return false }
        var label = 0
        var isNumeric = true
        var last: UInt8 = 0
        for byte in host.utf8 {
            if byte == UInt8(ascii: ".") {
                guard label > 0, last != UInt8(ascii: "-") else { return false }
                label = 0
            } else {
                if label == 0 {
                    guard byte != UInt8(ascii: "-") else { return false }
                    isNumeric = true
                }
                isNumeric = isNumeric && byte.isSIPDigit
                label += 1
                guard label <= self.labelLimit else { return false }
            }
            last = byte
        }
        guard last != UInt8(ascii: "-") else { return false }
        // A name does not end in a label of digits; a single dot at the end is allowed.
        return isNumeric ? label > 0 && self.isIPv4(host) : true
    }

    /// Four numbers up to 255, with dots between them.
    static func isIPv4(_ text: String) -> Bool {
        var octets = 0
        var digits = 0
        var value = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: ".") {
                guard digits > 0 else { return false }
                octets += 1
                (digits, value) = (0, 0)
            } else {
                guard byte.isSIPDigit, digits < 3 else { return false }
                digits += 1
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
                guard value <= 255 else { return false }
            }
        }
        return octets == 3 && digits > 0
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
                // RFC 5118 §4.10: RFC 3261's grammar has a colon too many before an IPv4 address; both are to be read.
                if rest.first == ":", HostSyntax.isIPv4(String(rest.dropFirst())) { rest = rest.dropFirst() }
                if rest.isEmpty { break }
            }
            if rest.isEmpty { return false }
        }
        return compressed ? groups <= 7 : groups == 8
    }
}
