/// The part after the `/`: the PRECIS profile OpaqueString
/// ([RFC 7622 §3.4](https://www.rfc-editor.org/rfc/rfc7622#section-3.4), [RFC 8265 §4.2](https://www.rfc-editor.org/rfc/rfc8265#section-4.2)).
enum Resourcepart {
    static func prepare(_ text: String) throws(JIDError) -> String {
        var text = text
        if !text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            for scalar in text.unicodeScalars where PRECIS.verdict(on: scalar) == .disallowed {
                throw .forbidden(.resource, scalar)
            }
            var scalars = String.UnicodeScalarView()
            for scalar in text.unicodeScalars {
                scalars.append(scalar.properties.generalCategory == .spaceSeparator ? " " : scalar)
            }
            text = PRECIS.normalized(String(scalars))
            if let scalar = ContextualRules.violation(in: text) { throw .forbidden(.resource, scalar) }
        }
        guard !text.isEmpty else { throw .empty(.resource) }
        guard text.utf8.count <= 1023 else { throw .tooLong(.resource) }
        return text
    }
}
