private import CIDN2

/// The domain of an address ([RFC 7622 §3.2](https://www.rfc-editor.org/rfc/rfc7622#section-3.2)): a host name, perhaps
/// internationalised (IDNA2008, by libidn2), or an IP address.
public enum Domainpart {
    /// The form in which domains are compared: lower case, A-labels, no trailing dot.
    public static func prepare(_ text: String) throws(JIDError) -> String {
        // Most are prepared already.
        if text.utf8.count <= 1023, Self.isHostName(text), !Self.hasALabel(text) { return text }
        var text = text
        if text.utf8.last == UInt8(ascii: ".") { text.removeLast() }
        guard !text.isEmpty else { throw .empty(.domain) }
        guard text.utf8.count <= 1023 else { throw .tooLong(.domain) }
        if text.utf8.first == UInt8(ascii: "[") { return try Self.addressLiteral(text) }

        if text.utf8.contains(where: { $0 >= 0x80 }) {
            guard let ascii = Self.asciiForm(text) else { throw .notADomain }
            text = ascii
        }
        if text.utf8.contains(where: { $0 >= 0x41 && $0 <= 0x5A }) { text = text.lowercased() }
        guard Self.isHostName(text) else { throw .notADomain }
        // An A-label that does not decode, or not to itself, is no domain: it would display as something else.
        if Self.hasALabel(text) {
            guard let display = Self.unicodeForm(text), Self.asciiForm(display) == text else { throw .notADomain }
        }
        return text
    }

    /// `domain`, in its prepared form, with U-labels.
    public static func display(_ domain: String) -> String {
        Self.hasALabel(domain) ? Self.unicodeForm(domain) ?? domain : domain
    }

    /// Whether a label of `text`, which is in lower case, begins with `xn--`.
    private static func hasALabel(_ text: String) -> Bool {
        // The last four bytes; `xn--` is 78 6E 2D 2D.
        var window: UInt32 = 0
        var length = 0
        for byte in text.utf8 {
            guard byte != UInt8(ascii: ".") else {
                length = 0
                continue
            }
            window = window << 8 | UInt32(byte)
            length += 1
            if length == 4, window == 0x786E_2D2D { return true }
        }
        return false
    }

    /// Labels of letters, digits and inner hyphens, with one dot between them.
    private static func isHostName(_ text: String) -> Bool {
        var previous = UInt8(ascii: ".")
        for byte in text.utf8 {
            switch byte {
            case 0x61...0x7A, 0x30...0x39: break
            case UInt8(ascii: "-"): if previous == UInt8(ascii: ".") { return false }
            case UInt8(ascii: "."): if previous == UInt8(ascii: ".") || previous == UInt8(ascii: "-") { return false }
            default: return false
            }
            previous = byte
        }
        return previous != UInt8(ascii: ".") && previous != UInt8(ascii: "-")
    }

    /// `[IPv6 address]`, with an optional zone; checked for its characters, not its arithmetic.
    private static func addressLiteral(_ text: String) throws(JIDError) -> String {
        let inner = text.dropFirst().dropLast()
        guard text.utf8.last == UInt8(ascii: "]"), inner.utf8.contains(UInt8(ascii: ":")),
            let address = inner.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false).first,
            address.utf8.allSatisfy({ Self.isHexadecimal($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }),
            inner.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"@/[]<>\"&'".utf8.contains($0) })
        else { throw .notADomain }
        return text.lowercased()
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }

    private static func asciiForm(_ text: String) -> String? {
        var result: UnsafeMutablePointer<UInt8>?
        let flags = Int32(IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue | IDN2_USE_STD3_ASCII_RULES.rawValue)
        let status = text.withCString(encodedAs: UTF8.self) { idn2_lookup_u8($0, &result, flags) }
        guard status == IDN2_OK.rawValue, let result else { return nil }
        defer { idn2_free(result) }
        return String(decodingCString: result, as: UTF8.self)
    }

    private static func unicodeForm(_ text: String) -> String? {
        var result: UnsafeMutablePointer<CChar>?
        guard idn2_to_unicode_8z8z(text, &result, 0) == IDN2_OK.rawValue, let result else { return nil }
        defer { idn2_free(result) }
        return String(cString: result)
    }
}
