import DNS
import Policy
import Wire

/// TLSA records: the public keys that peers find behind the access names, for
/// [RFC 7673](https://www.rfc-editor.org/rfc/rfc7673) and [RFC 6698 §3](https://www.rfc-editor.org/rfc/rfc6698#section-3).
///
/// They are `3 1 1`, the key itself and nothing else ([RFC 7671 §5.1](https://www.rfc-editor.org/rfc/rfc7671#section-5.1)), so that neither
/// names nor dates nor the CA count for peers with DANE.
extension DesiredRecords {
    /// Where each key is wanted: at the access points of those domains that its certificate serves.
    static func places(
        _ settings: Settings,
        domains: [String],
        keys: [DNSAssociation]
    ) -> [(key: DNSAssociation, place: String)] {
        keys.filter { settings.keyUses.contains($0.use) }.flatMap { key in
            let served = domains.filter { domain in
                let hosts = settings.points(for: key.use.edge, of: domain).map(\.name)
                return ([domain, "sip.\(domain)"] + hosts).contains { Self.covers(key.names, $0) }
            }
            return Self.places(settings, domains: served, use: key.use).map { (key, $0) }
        }
    }

    /// Every place where there may be keys.
    static func places(_ settings: Settings, domains: [String]) -> [String] {
        settings.keyUses.flatMap { Self.places(settings, domains: domains, use: $0) }
    }

    private static func places(_ settings: Settings, domains: [String], use: CertificateUse) -> [String] {
        let ports =
            switch use {
            case .xmpp: [settings.ports.xmpp, settings.ports.xmppDirectTLS]
            case .sip: [settings.ports.sipTLS]
            }
        let hosts = Set(domains.flatMap { settings.points(for: use.edge, of: $0).map(\.name) })
        return hosts.flatMap { host in ports.filter { $0 > 0 }.map { "_\($0)._tcp.\(host)" } }
    }

    /// Whether one of `names` stands for `host`; `*` for one label.
    private static func covers(_ names: [String], _ host: String) -> Bool {
        let parent = host.split(separator: ".", maxSplits: 1).dropFirst().first
        return names.contains(host) || parent.map { names.contains("*.\($0)") } == true
    }
}

extension CertificateUse {
    /// The kind of edge that serves with certificates of this use.
    fileprivate var edge: EdgeRecord.Kind {
        switch self {
        case .xmpp: .xmpp
        case .sip: .sip
        }
    }
}
