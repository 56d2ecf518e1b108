/// The escapes by which a localpart carries characters that XMPP forbids there:
/// [XEP-0106](https://xmpp.org/extensions/xep-0106.html), used by
/// [RFC 7247 §6](https://www.rfc-editor.org/rfc/rfc7247#section-6).
enum JIDEscape {
    /// The localpart that stands for a user's name.
    ///
    /// Note: RFC 7247 §6.4 names three escapes only; percent escapes can give any of the characters that XMPP forbids,
    /// so we make all ten of XEP-0106.
    static func escape(_ name: String) throws(AddressError) -> String {
        var name = name
        let needsEscape = name.withUTF8 { bytes in
            bytes.contains { Self.isForbidden($0) || $0 == UInt8(ascii: "\\") }
        }
        guard needsEscape else { return name }
        // A localpart neither begins nor ends with an escaped space (XEP-0106, “Business Rules” 5).
        guard name.utf8.first != 0x20, name.utf8.last != 0x20 else { throw .spaceAtEdge }
        let bytes = Array(name.utf8)
        var escaped: [UInt8] = []
        escaped.reserveCapacity(bytes.count + 8)
        for (index, byte) in bytes.enumerated() {
            if Self.isForbidden(byte) || (byte == UInt8(ascii: "\\") && Self.isCode(bytes[(index + 1)...])) {
                escaped.append(UInt8(ascii: "\\"))
                escaped.append(Self.digit(byte >> 4))
                escaped.append(Self.digit(byte & 0xF))
            } else {
                escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    /// The user's name for which a localpart stands.
    ///
    /// An escape that ``escape(_:)`` would not have made is an error, so that no two localparts stand for one name.
    static func unescape(_ localpart: String) throws(AddressError) -> String {
        guard localpart.utf8.contains(UInt8(ascii: "\\")) else { return localpart }
        let bytes = Array(localpart.utf8)
        var name: [UInt8] = []
        name.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "\\"), Self.isCode(bytes[index...]) else { name.append(byte); continue }
            let character = Self.value(bytes[index]) << 4 | Self.value(bytes[index + 1])
            let isSpaceAtEdge = character == 0x20 && (index == 1 || index + 2 == bytes.count)
            guard !isSpaceAtEdge else { throw .spaceAtEdge }
            index += 2
            guard character != UInt8(ascii: "\\") || Self.isCode(bytes[index...]) else { throw .needlessEscape }
            name.append(character)
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// Space and `" & ' / : < > @`.
    private static func isForbidden(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x22, 0x26, 0x27, 0x2F, 0x3A, 0x3C, 0x3E, 0x40: true
        default: false
        }
    }

    /// Whether the bytes begin with the two digits of one of the ten escapes; they are written in lower case.
    private static func isCode(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count >= 2 else { return false }
        let (high, low) = (bytes[bytes.startIndex], bytes[bytes.startIndex + 1])
        guard (0x30...0x39).contains(high), (0x30...0x39).contains(low) || (0x61...0x66).contains(low) else {
            return false
        }
        let character = Self.value(high) << 4 | Self.value(low)
        return character == UInt8(ascii: "\\") || Self.isForbidden(character)
    }

    private static func value(_ digit: UInt8) -> UInt8 { digit < 0x3A ? digit - 0x30 : digit - 0x57 }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? value + 0x30 : value + 0x57 }
}
