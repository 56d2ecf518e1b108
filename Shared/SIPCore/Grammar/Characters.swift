/// The character classes of [RFC 3261 §25.1](https://www.rfc-editor.org/rfc/rfc3261#section-25.1).
extension UInt8 {
    var isSIPDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isSIPAlpha: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
    var isSIPAlphanumeric: Bool { self.isSIPDigit || self.isSIPAlpha }
    var isSIPHexDigit: Bool { self.isSIPDigit || ((self | 0x20) >= 0x61 && (self | 0x20) <= 0x66) }
    var isSIPSpace: Bool { self == 0x20 || self == 0x09 }

    /// `token`.
    var isSIPToken: Bool {
        if self.isSIPAlphanumeric { return true }
        switch self {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "%"), UInt8(ascii: "*"),
            UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "`"), UInt8(ascii: "'"), UInt8(ascii: "~"):
            return true
        default: return false
        }
    }

    /// `mark` of `unreserved`.
    var isSIPMark: Bool {
        switch self {
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "~"),
            UInt8(ascii: "*"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"):
            return true
        default: return false
        }
    }

    /// What may stand unescaped in `user`: `unreserved / user-unreserved`.
    var isSIPUser: Bool {
        if self.isSIPAlphanumeric || self.isSIPMark { return true }
        switch self {
        case UInt8(ascii: "&"), UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "$"), UInt8(ascii: ","),
            UInt8(ascii: ";"), UInt8(ascii: "?"), UInt8(ascii: "/"):
            return true
        default: return false
        }
    }

    /// What may stand unescaped in a URI parameter: `unreserved / param-unreserved`.
    var isSIPParameter: Bool {
        if self.isSIPAlphanumeric || self.isSIPMark { return true }
        switch self {
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "&"),
            UInt8(ascii: "+"), UInt8(ascii: "$"):
            return true
        default: return false
        }
    }
}
