public import Messaging
public import SIPCore

extension DeliveryFailure {
    /// What a SIP server answered: [RFC 7247 §7.2](https://www.rfc-editor.org/rfc/rfc7247#section-7.2), with what the response says
    /// beside its status for people to read.
    ///
    /// - Parameter response: a final response that is no success
    public init(_ response: Response) {
        let code = response.status.code
        // Note (1) of table 3: the new address belongs to 301, never to 410.
        let contact = (300..<400).contains(code) && code != 380 ? response.headers.contact : nil
        self.init(
            Self.isPolicyBlock(response) ? .policyViolation : StatusTable.condition(of: code),
            reason: .peerRefused,
            text: ErrorText.bounded(Self.text(of: response)),
            alternative: contact.flatMap { try? Address($0.uri).bare },
            sipStatus: code
        )
    }

    /// “The SIP side answered 403 Forbidden: user disabled (ms-diagnostics 4141).”, for example.
    private static func text(of response: Response) -> String {
        var text = "The SIP side answered \(response.status)"
        if let warning = response.headers[.warning].flatMap(Self.warningText) { text += ": \(warning)" }
        for name in ["ms-diagnostics", "ms-diagnostics-public"] {
            guard let diagnostics = response.headers[HeaderName(name)] else { continue }
            let code = diagnostics.prefix { $0 != ";" }
            let reason = Self.quotedText(after: "reason=", in: diagnostics)
            text += " (\(name) \(code)\(reason.map { ": \($0)" } ?? ""))"
            break
        }
        return text + "."
    }

    /// How Microsoft's servers say that a filter has taken offence at a link or a file: 606 with warning 309.
    private static func isPolicyBlock(_ response: Response) -> Bool {
        response.status.code == 606 && response.headers.all(.warning).contains { $0.hasPrefix("309 ") }
    }

    /// The words of `399 host "words"` ([RFC 3261 §20.43](https://www.rfc-editor.org/rfc/rfc3261#section-20.43)).
    private static func warningText(_ value: String) -> String? { self.quotedText(after: "", in: value) }

    /// The quoted string that follows `mark`.
    private static func quotedText(after mark: String, in value: String) -> String? {
        var rest = Substring(value)
        if !mark.isEmpty {
            guard let found = value.firstRange(of: mark) else { return nil }
            rest = value[found.upperBound...]
        }
        guard let open = rest.firstIndex(of: "\"") else { return nil }
        var text = ""
        var isEscaped = false
        for character in rest[rest.index(after: open)...] {
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
                continue
            } else if character == "\"" {
                return text.isEmpty ? nil : text
            }
            text.append(character)
        }
        return nil
    }
}
