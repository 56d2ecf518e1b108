import Policy
import Wire

/// The wizard's form: Lync's “Request a certificate”, on one page.
struct CertificateForm {
    private(set) var document: DocumentValue

    private static let keys = ["rsa-2048", "rsa-3072", "rsa-4096", "ecdsa-p256", "ecdsa-p384"]

    /// Filled in for these domains, for both kinds of peers.
    init(domains: [String]) {
        self.document = [
            "friendly-name": .text(""), "common-name": .text(""), "dns-names": .list([]), "xmpp-addresses": .list([]),
            "key": .text("rsa-2048"), "organization": .text(""),
            "organizational-unit": .text(""), "city": .text(""), "state": .text(""), "country": .text(""),
            "uses": DocumentValue(texts: CertificateUse.allCases.map(\.rawValue)), "exportable": .flag(false),
            "template": .text(""), "issuer": .text("csr"),
        ]
    }

    /// What it says, to be sent again by a button.
    var carried: [(name: String, value: String)] {
        (self.document.members ?? []).flatMap { member in
            if member.name == "uses" {
                return (member.value.elements ?? []).map { ("use-\($0.summary)", "true") }
            }
            let value = member.value.elements?.map(\.summary).joined(separator: "\n") ?? member.value.summary
            return [(member.name, value)]
        }
    }

    /// As somebody has sent it.
    init(_ form: FormBody) {
        func text(_ name: String) -> DocumentValue { .text((form[name] ?? "").trimmed) }
        func lines(_ name: String) -> DocumentValue {
            DocumentValue(texts: (form[name] ?? "").split { $0.isWhitespace || $0 == "," }.map(String.init))
        }
        self.document = [
            "friendly-name": text("friendly-name"), "common-name": text("common-name"), "dns-names": lines("dns-names"),
            "xmpp-addresses": lines("xmpp-addresses"), "key": text("key"), "organization": text("organization"),
            "organizational-unit": text("organizational-unit"), "city": text("city"), "state": text("state"),
            "country": text("country"), "uses": Self.uses(form), "exportable": .flag(form["exportable"] == "true"),
            "template": text("template"),
            "issuer": text("issuer"),
        ]
    }

    /// Whether an ACME CA is asked.
    var isOrdered: Bool { self.document["issuer"]?.text == "acme" }

    /// The same, for the summary alone.
    var dryRun: DocumentValue {
        .object((self.document.members ?? []) + [DocumentValue.Member("dry-run", .flag(true))])
    }

    static func uses(_ form: FormBody) -> DocumentValue {
        DocumentValue(texts: CertificateUse.allCases.map(\.rawValue).filter { form["use-\($0)"] == "true" })
    }

    static func useInputs(_ uses: [String]) -> [ConsoleInput] {
        CertificateUse.allCases.map { use in
            ConsoleInput(
                name: "use-\(use.rawValue)",
                label: use == .xmpp ? "XMPP partners" : "SIP servers",
                kind: .choice([("true", "yes"), ("false", "no")]),
                value: uses.contains(use.rawValue) ? "true" : "false"
            )
        }
    }

    func groups(mistakes: [DocumentValue]) -> [ConsoleForm.Group] {
        func input(
            _ name: String,
            _ label: String,
            _ kind: ConsoleInput.Kind = .text,
            _ hint: String? = nil
        ) -> ConsoleInput {
            let value = self.document[name]
            return ConsoleInput(
                name: name,
                label: label,
                kind: kind,
                value: value?.elements?.map(\.summary).joined(separator: "\n") ?? value?.summary ?? "",
                hint: hint,
                mistake: mistakes.first { $0["field"]?.text == name }?["problem"]?.text
            )
        }
        let uses = (self.document["uses"]?.elements ?? []).map(\.summary)
        let answers: ConsoleInput.Kind = .choice([("false", "no"), ("true", "yes")])
        return [
            .init(
                title: "Names",
                inputs: [
                    input(
                        "common-name",
                        "Common name",
                        .text,
                        "The server's name, or the pool's. Leave it empty for the first access name."
                    ),
                    input(
                        "dns-names",
                        "DNS names",
                        .lines(3),
                        "One a line. Leave it empty for the access names, and each domain with and without sip."
                    ),
                    input(
                        "xmpp-addresses",
                        "XMPP addresses",
                        .lines(2),
                        "Domains as xmppAddr too, one a line. Seldom needed, and some versions of ejabberd drop such streams."
                    ),
                    input("friendly-name", "Name in the list"),
                ]
            ), .init(title: "What for", inputs: Self.useInputs(uses)),
            .init(
                title: "Organisation",
                inputs: [
                    input("organization", "Organisation"), input("organizational-unit", "Unit"), input("city", "City"),
                    input("state", "State or province"), input("country", "Country", .text, "Two letters."),
                ]
            ),
            .init(
                title: "Key",
                inputs: [
                    input("key", "Kind of key", .choice(Self.keys.map { ($0, $0) })),
                    input("exportable", "May the key be exported?", answers),
                ]
            ),
            .init(
                title: "Who signs",
                inputs: [
                    input(
                        "issuer",
                        "Certification authority",
                        .choice([
                            ("csr", "my own, by a file"), ("acme", "the ACME CA, by itself"),
                            ("internal", "the internal CA, at once"),
                        ]),
                        "By a file: you carry the request to it. ACME has to be set at cert-service. Public CAs certify servers only: for mutual TLS with Lync, OCS or LCS take the internal CA or your own."
                    ), input("template", "Microsoft template", .text, "For an enterprise CA; empty: none."),
                ]
            ),
        ]
    }
}
