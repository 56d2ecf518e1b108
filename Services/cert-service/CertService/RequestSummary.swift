import TLS
import Wire

/// What is about to be asked for, in words, before a key is made (SPEC §8).
struct RequestSummary {
    let text: String

    init(_ fields: CertificateRequestFields, _ order: CertificateSigningRequest, kind: KeyKind, acme: ACMESettings?) {
        let subject = fields.subject
        let organization = [
            subject.organization, subject.organizationalUnit, subject.locality, subject.state, subject.country,
        ].filter { !$0.isEmpty }
        let dnsNames = fields.names.compactMap { if case .dns(let name) = $0 { name } else { nil } }
        let xmppAddresses = fields.names.compactMap { if case .xmppAddress(let name) = $0 { name } else { nil } }
        let issuer =
            if order.usesACME {
                "the CA at \(acme?.directory ?? ""), by ACME, proven by \((acme?.challenges ?? []).map(\.rawValue).joined(separator: " or "))"
            } else if order.isImmediate {
                "the internal CA, at once"
            } else {
                "a CA that you carry the request to"
            }
        var lines = [("issuer", issuer), ("common name", subject.commonName)]
        if !organization.isEmpty { lines.append(("organisation", organization.joined(separator: ", "))) }
        lines.append(("names", dnsNames.joined(separator: ", ")))
        if !xmppAddresses.isEmpty {
            lines.append(
                ("xmppAddr", "\(xmppAddresses.joined(separator: ", ")); some versions of ejabberd drop such streams")
            )
        }
        lines.append(("key", "\(kind.rawValue), \(order.isExportable ? "exportable" : "stays here for good")"))
        if !fields.templateName.isEmpty { lines.append(("template", fields.templateName)) }
        lines.append(("usages", "server and client"))
        let uses = order.uses.map(\.rawValue).sorted().joined(separator: ", ")
        lines.append(("put to use", uses.isEmpty ? "for nothing yet" : uses))
        if order.usesACME, order.uses.contains(.sip) {
            lines.append(("mind", "public CAs certify servers only: \(ImportCheck.serverOnly)"))
        }
        let width = lines.map(\.0.count).max() ?? 0
        self.text = lines.map { "\($0):\(String(repeating: " ", count: width - $0.count + 1))\($1)\n" }.joined()
    }
}
