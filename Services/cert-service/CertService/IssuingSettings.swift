import TLS
import Wire

/// How certificates are issued, of the settings of cert-service.
struct IssuingSettings: Sendable, Equatable {
    /// The access FQDNs, the first of them the common name; may be empty.
    var accessNames: [String] = []
    /// Those under which peers reach the edge of each use.
    var accessNamesByUse: [CertificateUse: [String]] = [:]
    var keyKind: KeyKind = .rsa2048
    /// In seconds.
    var lifetime: Int64 = 90 * 86_400
    /// In seconds.
    var rootLifetime: Int64 = 3650 * 86_400
    /// Whether the bare domain is also written as an xmppAddr.
    var includesXMPPAddress = false

    /// What the certificate of a domain is asked for with (SPEC §8): the access FQDNs, `sip.<domain>`, the bare domain.
    func fields(for domain: String) -> CertificateRequestFields {
        var names = (self.accessNames + ["sip.\(domain)", domain]).map { AlternativeName.dns($0) }
        if self.includesXMPPAddress { names.append(.xmppAddress(domain)) }
        return CertificateRequestFields(
            subject: SubjectName(commonName: self.accessNames.first ?? domain),
            names: names.uniqued()
        )
    }

    /// The names under which peers reach the edge of `use`.
    func accessNames(for use: CertificateUse) -> [String] { self.accessNamesByUse[use] ?? [] }

    /// The dNSNames of ``fields(for:)``.
    func names(for domain: String) -> [String] { (self.accessNames + ["sip.\(domain)", domain]).uniqued() }
}

extension Array where Element: Hashable {
    /// The elements in their order, each once.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return self.filter { seen.insert($0).inserted }
    }
}
