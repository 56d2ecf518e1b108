/// The characters that are allowed beside certain others only: CONTEXTJ and CONTEXTO of
/// [RFC 5892 appendix A](https://www.rfc-editor.org/rfc/rfc5892#appendix-A), by
/// [RFC 8264 §4.2.2](https://www.rfc-editor.org/rfc/rfc8264#section-4.2.2) good for both string classes.
enum ContextualRules {
    /// Whether there is a rule for `scalar`.
    static func concern(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00B7, 0x0375, 0x05F3, 0x05F4, 0x0660...0x0669, 0x06F0...0x06F9, 0x200C, 0x200D, 0x30FB: true
        default: false
        }
    }

    /// The first character of `text` that stands where its rule does not allow it.
    static func violation(in text: String) -> Unicode.Scalar? {
        guard text.unicodeScalars.contains(where: Self.concern) else { return nil }
        let scalars = Array(text.unicodeScalars)
        return scalars.indices.first { !Self.allows(scalars, at: $0) }.map { scalars[$0] }
    }

    private static func allows(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        let before = index > 0 ? scalars[index - 1] : nil
        let after = index + 1 < scalars.count ? scalars[index + 1] : nil
        switch scalars[index].value {
        case 0x00B7: return before == "l" && after == "l"  // Catalan
        case 0x0375: return after.map(Self.isGreek) ?? false
        case 0x05F3, 0x05F4: return before.map(Self.isHebrew) ?? false
        case 0x30FB: return scalars.contains(where: Self.isJapanese)
        case 0x0660...0x0669: return !scalars.contains { (0x06F0...0x06F9).contains($0.value) }
        case 0x06F0...0x06F9: return !scalars.contains { (0x0660...0x0669).contains($0.value) }
        case 0x200C where Self.partsJoined(scalars, at: index): return true
        case 0x200C, 0x200D: return before?.properties.canonicalCombiningClass == .virama
        default: return true
        }
    }

    /// Whether the two characters beside it, marks left out, would be joined without it
    /// ([RFC 5892 A.1](https://www.rfc-editor.org/rfc/rfc5892#appendix-A.1)): as in Persian words.
    private static func partsJoined(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
        let before = scalars[..<index].last { !JoiningTypes.isTransparent($0) }
        let after = scalars[(index + 1)...].first { !JoiningTypes.isTransparent($0) }
        guard let before, let after else { return false }
        return JoiningTypes.joinsNext(before) && JoiningTypes.joinsPrevious(after)
    }

    private static func isGreek(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0370...0x0373, 0x0375...0x0377, 0x037A...0x037D, 0x037F, 0x0384, 0x0386, 0x0388...0x03E1,
            0x03F0...0x03FF, 0x1F00...0x1FFE:
            true
        default: false
        }
    }

    private static func isHebrew(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0591...0x05F4, 0xFB1D...0xFB4F: true
        default: false
        }
    }

    /// Hiragana, Katakana or Han.
    private static func isJapanese(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2E80...0x2FD5, 0x3005, 0x3007, 0x3021...0x3029, 0x3038...0x303B, 0x3041...0x3096, 0x309D...0x309F,
            0x30A1...0x30FA, 0x30FD...0x30FF, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAD9,
            0x1B000...0x1B16F, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
