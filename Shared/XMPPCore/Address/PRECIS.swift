@_spi(_Unicode) import Swift

/// What the two string classes of [RFC 8264](https://www.rfc-editor.org/rfc/rfc8264) have in common, on the standard library's
/// Unicode data.
enum PRECIS {
    /// What a string class allows of a scalar by [RFC 8264 §8](https://www.rfc-editor.org/rfc/rfc8264#section-8).
    enum Verdict { case identifier, freeform, disallowed }

    static func verdict(on scalar: Unicode.Scalar) -> Verdict {
        if scalar.isASCII {
            return scalar.value > 0x20 && scalar.value < 0x7F ? .identifier : scalar == " " ? .freeform : .disallowed
        }
        if let exception = self.exception(scalar) { return exception }
        if ContextualRules.concern(scalar) { return .identifier }  // where the rule is kept
        let properties = scalar.properties
        if properties.isNoncharacterCodePoint || properties.isDefaultIgnorableCodePoint {
            return .disallowed
        }
        if self.isOldHangulJamo(scalar) { return .disallowed }
        switch properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .otherLetter, .decimalNumber, .modifierLetter, .nonspacingMark,
            .spacingMark:
            return CompatibilityForms.contains(scalar) ? .freeform : .identifier
        case .titlecaseLetter, .letterNumber, .otherNumber, .enclosingMark,
            .spaceSeparator,
            .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol,
            .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return .freeform
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            return .disallowed
        @unknown default:
            return .disallowed
        }
    }

    /// Exceptions of [RFC 8264 §9.6](https://www.rfc-editor.org/rfc/rfc8264#section-9.6) whose rule needs no neighbour; those
    /// with a contextual rule are the business of ``ContextualRules``.
    private static func exception(_ scalar: Unicode.Scalar) -> Verdict? {
        switch scalar.value {
        case 0x00DF, 0x03C2, 0x06FD, 0x06FE, 0x0F0B, 0x3007: .identifier
        case 0x0640, 0x07FA, 0x302E, 0x302F, 0x3031...0x3035, 0x303B: .disallowed
        default: nil
        }
    }

    private static func isOldHangulJamo(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x11FF, 0xA960...0xA97C, 0xD7B0...0xD7FB: true
        default: false
        }
    }

    /// Normalization form C.
    static func normalized(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text._nfc { scalars.append(scalar) }
        return String(scalars)
    }

    /// Full-width and half-width characters as their usual forms ([RFC 8265 §3.3.1](https://www.rfc-editor.org/rfc/rfc8265#section-3.3.1)).
    static func widthMapped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value >= 0xFF01 && $0.value <= 0xFF9F }) else { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0xFF01...0xFF5E: scalars.append(Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar)
            case 0xFF61...0xFF9F: scalars.append(Self.katakana[Int(scalar.value - 0xFF61)])
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }

    private static let katakana = Array(
        "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u{3099}\u{309A}"
            .unicodeScalars
    )
}
