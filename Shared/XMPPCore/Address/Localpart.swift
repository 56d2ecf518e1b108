/// The part before the `@`: the PRECIS profile UsernameCaseMapped without eight characters
/// ([RFC 7622 §3.3](https://www.rfc-editor.org/rfc/rfc7622#section-3.3)).
enum Localpart {
    static func prepare(_ text: String) throws(JIDError) -> String {
        var text = text
        if !Self.isPlain(text) {
            text = PRECIS.widthMapped(text)
            for scalar in text.unicodeScalars where PRECIS.verdict(on: scalar) != .identifier || Self.isExcluded(scalar)
            {
                throw .forbidden(.local, scalar)
            }
            if text.unicodeScalars.contains(where: { $0.properties.changesWhenLowercased }) {
                text = Self.lowercased(text)
            }
            text = PRECIS.normalized(text)
            if let scalar = ContextualRules.violation(in: text) { throw .forbidden(.local, scalar) }
            guard BidiRule.allows(text) else { throw .mixedDirections(.local) }
        }
        guard !text.isEmpty else { throw .empty(.local) }
        guard text.utf8.count <= 1023 else { throw .tooLong(.local) }
        return text
    }

    /// Whether `text` is prepared already: lower-case ASCII without a forbidden character, as most are.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy {
            switch $0 {
            case 0x21, 0x23...0x25, 0x28...0x2E, 0x30...0x39, 0x3B, 0x3D, 0x3F, 0x5B...0x7E: true
            default: false
            }
        }
    }

    private static func isExcluded(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\"", "&", "'", "/", ":", "<", ">", "@": true
        default: false
        }
    }

    /// Lower case scalar by scalar: no final sigma, no locale.
    private static func lowercased(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { $0 += $1.properties.lowercaseMapping }
    }
}
