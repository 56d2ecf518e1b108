/// The character classes of [RFC 3261 §25.1](https://www.rfc-editor.org/rfc/rfc3261#section-25.1).
extension UInt8 {
    var isSIPDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isSIPAlpha: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
    var isSIPAlphanumeric: Bool { self.isSIPDigit || self.isSIPAlpha }
    var isSIPHexDigit: Bool { self.isSIPDigit || ((self | 0x20) >= 0x61 && (self | 0x20) <= 0x66) }
    var isSIPSpace: Bool { self == 0x20 || self == 0x09 }

    /// `token`.
    var isSIPToken: Bool { CharacterSet.token.contains(self) }

    /// What may stand unescaped in `user`: `unreserved / user-unreserved`.
    var isSIPUser: Bool { CharacterSet.user.contains(self) }

    /// What may stand unescaped in a URI parameter: `unreserved / param-unreserved`.
    var isSIPParameter: Bool { CharacterSet.parameter.contains(self) }
}

/// A set of ASCII characters, as one bit each.
private struct CharacterSet {
    private let low: UInt64
    private let high: UInt64

    /// Letters, digits, and `others`.
    private init(alphanumericAnd others: String) {
        var (low, high): (UInt64, UInt64) = (0, 0)
        for byte in (0..<128 as Range<UInt8>) where byte.isSIPAlphanumeric || others.utf8.contains(byte) {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
        self.low = low
        self.high = high
    }

    func contains(_ byte: UInt8) -> Bool {
        guard byte < 128 else { return false }
        return ((byte < 64 ? self.low : self.high) >> UInt64(byte & 63)) & 1 == 1
    }

    /// `mark` of `unreserved`.
    private static let mark = "-_.!~*'()"
    static let token = CharacterSet(alphanumericAnd: "-.!%*_+`'~")
    static let user = CharacterSet(alphanumericAnd: Self.mark + "&=+$,;?/")
    static let parameter = CharacterSet(alphanumericAnd: Self.mark + "[]/:&+$")
}
