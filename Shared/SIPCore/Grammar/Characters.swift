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

/// A set of ASCII characters, as one bit each: constants, for they are asked about every byte.
private struct CharacterSet {
    /// The characters from 0 to 63.
    let low: UInt64
    /// Those from 64 to 127.
    let high: UInt64

    func contains(_ byte: UInt8) -> Bool {
        guard byte < 128 else { return false }
        return ((byte < 64 ? self.low : self.high) >> UInt64(byte & 63)) & 1 == 1
    }

    /// Letters, digits and `-.!%*_+`'~`.
    static var token: CharacterSet { CharacterSet(low: 0x03ff_6ca2_0000_0000, high: 0x47ff_ffff_87ff_fffe) }
    /// Letters, digits, the marks `-_.!~*'()`, and `&=+$,;?/`.
    static var user: CharacterSet { CharacterSet(low: 0xabff_ffd2_0000_0000, high: 0x47ff_fffe_87ff_fffe) }
    /// Letters, digits, the marks, and `[]/:&+$`.
    static var parameter: CharacterSet { CharacterSet(low: 0x07ff_efd2_0000_0000, high: 0x47ff_fffe_afff_fffe) }
}
