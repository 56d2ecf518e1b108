import Foundation
import Messaging
import Policy

/// A refusal as a colleague would explain it: what happened, why, and what to do.
struct RefusalExplanation {
    private let document: DocumentValue

    /// Explains a refusal as the API gives it.
    init(_ document: DocumentValue) { self.document = document }

    var text: String {
        let parts = [self.headline, self.facts, self.certificate, self.advice].filter { !$0.isEmpty }
        return Table.cleaned(lines: parts.joined(separator: "\n\n"))
    }

    private func value(_ name: String) -> String { self.document[name]?.summary ?? "" }

    private var headline: String {
        let what = self.value("subject").isEmpty ? "something" : self.value("subject")
        let parties =
            switch self.value("direction") {
            case "inbound": "from \(self.name("from", "remote-domain")) to \(self.name("to", "local-domain"))"
            case "outbound": "from us (\(self.name("from", "local-domain"))) to \(self.name("to", "remote-domain"))"
            default: "from \(self.name("from", "remote-domain")) to \(self.name("to", "local-domain"))"
            }
        let text = self.value("text").isEmpty ? self.value("reason") : self.value("text")
        return """
            Refusal \(self.value("number")), \(self.value("time")), by \(self.value("service"))
            The \(what) \(parties) was refused: \(text).
            """
    }

    private func name(_ field: String, _ domain: String) -> String {
        let names = [self.value(field), self.value(domain)]
        return names.first { !$0.isEmpty } ?? "somebody who gave no name"
    }

    private var facts: String {
        let port = self.value("peer-port")
        var peer = self.value("peer")
        if !port.isEmpty { peer = peer.contains(":") ? "[\(peer)]:\(port)" : "\(peer):\(port)" }
        let partner = self.value("partner")
        let rows: [(String, String)] = [
            (
                "Rule that decided",
                self.value("rule").isEmpty ? "none: the other side or the network did" : self.value("rule")
            ),
            ("Reason", self.value("reason")),
            ("The peer was told", self.value("answer")),
            ("It had come as far as", Self.words(forStep: self.value("step"))),
            ("Partner", partner.isEmpty ? "nobody's domain in the list of partners" : partner),
            ("Peer", peer),
            ("Message", self.value("message-id")),
        ]
        return Self.lined(rows.filter { !$0.1.isEmpty })
    }

    private static func lined(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { name, value in
            "  \(name)\(String(repeating: " ", count: width - name.count))  \(value)"
        }.joined(separator: "\n")
    }

    private static func words(forStep step: String) -> String {
        switch RefusalRecord.Step(rawValue: step) {
        case .connected: "the connection; nothing was agreed upon yet"
        case .header: "the stream's header: who calls, and whom"
        case .tls: "TLS"
        case .certificate: "the look at the certificate"
        case .sasl: "the authentication by certificate (SASL EXTERNAL)"
        case .dialback: "dialback"
        case .established: "a stream that was established"
        case .stanza: "the single message; its stream or connection stays"
        case nil: step
        }
    }

    private var certificate: String {
        guard let certificate = self.document["certificate"], certificate.members != nil else { return "" }
        func text(_ name: String) -> String { certificate[name]?.summary ?? "" }
        func moment(_ name: String) -> String {
            Date(timeIntervalSince1970: Double(certificate[name]?.integer ?? 0)).formatted(.iso8601)
        }
        let rejection = text("rejection")
        return "The peer's certificate\n"
            + Self.lined([
                ("For", text("names").isEmpty ? "no names" : text("names")),
                ("Subject", text("subject")),
                ("Issued by", text("issuer")),
                ("Valid", "\(moment("not-before")) to \(moment("not-after"))"),
                ("SHA-256", text("fingerprint")),
                ("Verdict", rejection.isEmpty ? "taken" : "not taken: \(rejection)"),
            ])
    }

    private var advice: String {
        guard let reason = RefusalReason(rawValue: self.value("reason")) else { return "" }
        return "What to do\n  "
            + RefusalAdvice.text(
                for: reason,
                partner: self.value("partner"),
                remote: self.value("remote-domain"),
                local: self.value("local-domain"),
                service: self.value("service")
            )
    }
}
