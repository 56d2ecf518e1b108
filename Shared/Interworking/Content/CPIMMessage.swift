/// A `message/cpim` object: [RFC 3862](https://www.rfc-editor.org/rfc/rfc3862).
///
/// Its From and To are what somebody wrote into a body: they are not looked at. Who sent a message is what the transport
/// has proven.
struct CPIMMessage {
    /// The namespace of the header fields of IMDN ([RFC 5438 §6.1](https://www.rfc-editor.org/rfc/rfc5438#section-6.1)).
    static let imdnNamespace = "urn:ietf:params:imdn"

    private let headers: [(name: String, parameters: String, value: String)]
    /// The encapsulated MIME object.
    let content: MIMEEntity

    /// The value and `lang` of a header field of the CPIM namespace; names are case-sensitive (§ 2.2).
    func header(_ name: String) -> (value: String, language: String?)? {
        guard let header = self.headers.first(where: { $0.name == name }) else { return nil }
        let language = header.parameters.split(separator: ";").first { $0.hasPrefix("lang=") }?.dropFirst(5)
        return (header.value, LanguageTag.checked(language.map(String.init)))
    }

    /// The value of a header field of IMDN, under whatever prefix this message has given its namespace.
    func imdn(_ name: String) -> String? {
        for header in self.headers where header.name == "NS" && header.value.hasSuffix("<\(Self.imdnNamespace)>") {
            let prefix = header.value.prefix { $0 != "<" }.trimmed
            if let found = self.headers.first(where: { $0.name == "\(prefix).\(name)" }) { return found.value }
        }
        return nil
    }
}

extension CPIMMessage {
    init?(parsing bytes: ArraySlice<UInt8>) {
        guard let message = MIMEEntity(parsing: bytes) else { return nil }
        self.headers = message.headers.map { header in
            guard header.value.hasPrefix(";") else { return (header.name, "", Self.unescape(header.value)) }
            let parameters = header.value.prefix { $0 != " " }
            return (
                header.name, String(parameters), Self.unescape(String(header.value.dropFirst(parameters.count).trimmed))
            )
        }
        if message["Content-Type"] != nil {
            // COMPAT(RFC 5438 §7.1.1.3): its own example has no empty line between the two blocks of headers.
            self.content = message
        } else {
            guard let content = MIMEEntity(parsing: message.body) else { return nil }
            self.content = content
        }
    }

    /// Undoes the escapes of [§2.3](https://www.rfc-editor.org/rfc/rfc3862#section-2.3).
    private static func unescape(_ value: String) -> String {
        guard value.contains("\\") else { return value }
        var output = String.UnicodeScalarView()
        var rest = Substring(value).unicodeScalars
        while let scalar = rest.popFirst() {
            guard scalar == "\\" else { output.append(scalar); continue }
            guard let escaped = rest.popFirst() else { break }
            switch escaped {
            case "b": output.append("\u{8}")
            case "t": output.append("\t")
            case "n": output.append("\n")
            case "r": output.append("\r")
            case "u":
                let digits = rest.prefix(4)
                guard digits.count == 4, let code = UInt32(String(String.UnicodeScalarView(digits)), radix: 16),
                    let character = Unicode.Scalar(code)
                else { output.append("u"); continue }
                rest.removeFirst(4)
                output.append(character)
            default: output.append(escaped)
            }
        }
        return String(output)
    }

    /// Makes what would end or change a header field harmless: control characters and the backslash are escaped.
    static func escape(_ value: String) -> String {
        guard value.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F || $0 == "\\" }) else {
            return value
        }
        var output = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": output += "\\\\"
            case "\u{8}": output += "\\b"
            case "\t": output += "\\t"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                output += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
