/// The Bidi rule of [RFC 5893 §2](https://www.rfc-editor.org/rfc/rfc5893#section-2): text with letters of a right-to-left script must
/// not look like other text.
enum BidiRule {
    private enum Class { case left, right, arabicNumber, europeanNumber, mark, other }

    /// Whether `text` keeps the rule; text without right-to-left characters always does.
    static func allows(_ text: String) -> Bool {
        let classes = text.unicodeScalars.map(self.bidiClass)
        guard classes.contains(where: { $0 == .right || $0 == .arabicNumber }) else { return true }
        // Rule 1 with 2: once there is right-to-left text, it begins with it and no left-to-right letter is in it.
        guard classes.first == .right, !classes.contains(.left) else { return false }
        // Rule 3: the last but for marks is a letter or a number.
        guard let last = classes.last(where: { $0 != .mark }), last != .other else { return false }
        // Rule 4: numbers of one kind only.
        return !(classes.contains(.arabicNumber) && classes.contains(.europeanNumber))
    }

    private static func bidiClass(_ scalar: Unicode.Scalar) -> Class {
        switch scalar.value {
        case 0x30...0x39, 0x06F0...0x06F9: return .europeanNumber
        case 0x0660...0x0669, 0x0600...0x0605, 0x06DD, 0x08E2, 0x10D30...0x10D39, 0x10E60...0x10E7E:
            return .arabicNumber
        case 0x05F3, 0x05F4: return .right  // punctuation, but Hebrew
        default: break
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark:
            return .mark
        case .lowercaseLetter, .uppercaseLetter, .titlecaseLetter, .otherLetter, .modifierLetter, .spacingMark,
            .decimalNumber, .letterNumber:
            return self.isInRightToLeftBlock(scalar) ? .right : .left
        default:
            return .other
        }
    }

    private static func isInRightToLeftBlock(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF, 0x1E800...0x1EFFF: true
        default: false
        }
    }
}
