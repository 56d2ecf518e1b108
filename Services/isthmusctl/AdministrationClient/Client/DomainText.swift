import Policy
import XMPPCore

/// Names as people write them, in the form in which DNS and the gateway have them: `münchen.example` is `xn--mnchen-3ya.example`.
enum DomainText {
    /// A domain, `*.domain`, `user@domain` or `inbound:domain`, with A-labels; what is none of these stays as it is.
    static func prepared(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return text }
        let start = text.lastIndex { $0 == "@" || $0 == ":" }.map { text.index(after: $0) } ?? text.startIndex
        let isPattern = text[start...].hasPrefix("*.")
        let domain = text[start...].dropFirst(isPattern ? 2 : 0)
        guard let prepared = try? Domainpart.prepare(String(domain)) else { return text }
        return String(text[..<start]) + (isPattern ? "*." : "") + prepared
    }

    /// The members of documents, and the parameters of queries, that hold such names.
    private static let fields: Set = [
        "domain", "additional-domains", "address", "host", "next-hop", "proxy-fqdn", "pattern", "from", "to", "partner",
        "watcher", "presentity", "common-name", "dns-names",
    ]

    static func prepared(_ document: DocumentValue) -> DocumentValue {
        switch document {
        case .null, .flag, .integer, .text: document
        case .list(let elements): .list(elements.map { self.prepared($0) })
        case .object(let members):
            .object(
                members.map { member in
                    let isName = self.fields.contains(member.name)
                    return DocumentValue.Member(
                        member.name,
                        isName ? self.name(member.value) : self.prepared(member.value)
                    )
                }
            )
        }
    }

    private static func name(_ value: DocumentValue) -> DocumentValue {
        switch value {
        case .text(let text): .text(self.prepared(text))
        case .list(let elements): .list(elements.map { self.name($0) })
        case .null, .flag, .integer, .object: value
        }
    }

    static func prepared(_ query: [(String, String?)]) -> [(String, String?)] {
        query.map { name, value in (name, self.fields.contains(name) ? value.map { self.prepared($0) } : value) }
    }
}
