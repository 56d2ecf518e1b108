import ServiceKit
import TLS

extension ACMESettings {
    /// Reads the settings `certificates.acme-*`; nil while no directory is set: a public CA is asked only by whoever names it.
    static func read(_ settings: inout SettingsReader) -> ACMESettings? {
        let key = "certificates.acme-directory"
        let directory = settings.optionalString(
            key,
            hint: "the address of the directory of a CA that is asked by ACME; without it none is"
        )
        var acme = ACMESettings(directory: directory ?? "")
        acme.contacts = settings.list(
            "certificates.acme-contact",
            hint: "mail addresses that the ACME CA may write to"
        )
        for contact in acme.contacts where contact.split(separator: "@").count != 2 || contact.contains(" ") {
            settings.reject(
                "certificates.acme-contact",
                problem: "“\(contact)” is no mail address",
                hint: "hostmaster@contoso.com"
            )
        }
        acme.agreesToTerms = settings.bool(
            "certificates.acme-agree-to-terms",
            default: false,
            hint: "whether you agree to the terms of the ACME CA, which its directory names"
        )
        acme.roots = Self.roots(&settings)
        acme.externalAccount = Self.externalAccount(&settings)
        acme.challenges = Self.challenges(&settings)
        let listen = settings.endpoint(
            "certificates.acme-listen",
            default: "0.0.0.0:\(acme.listenPort)",
            hint: "where the pages of http-01 are; port 80 of each name leads here, for /.well-known/acme-challenge/"
        )
        (acme.listenHost, acme.listenPort) = (listen.host, listen.port)
        acme.propagation =
            settings.duration(
                "certificates.acme-propagation",
                default: .zero,
                in: .zero ... .seconds(3600),
                hint: "how long the other servers of a zone take to have a record of dns-01"
            ).components.seconds
        guard let directory else { return nil }
        guard HTTPSAddress(directory) != nil else {
            settings.reject(
                key,
                problem: "no address that begins with https://",
                hint: "https://ca.contoso.com/acme/directory"
            )
            return nil
        }
        return acme
    }

    private static func challenges(_ settings: inout SettingsReader) -> [ChallengeKind] {
        let key = "certificates.acme-challenges"
        let names = settings.list(
            key,
            default: [ChallengeKind.http.rawValue],
            hint: "how names are proven to the ACME CA, the preferred way first: http-01, dns-01"
        )
        let challenges = names.compactMap { ChallengeKind(rawValue: $0.lowercased()) }
        if challenges.count != names.count || challenges.isEmpty {
            settings.reject(key, problem: "not a list of http-01 and dns-01", hint: "dns-01,http-01")
        }
        return challenges.uniqued()
    }

    private static func roots(_ settings: inout SettingsReader) -> [UInt8] {
        let key = "certificates.acme-ca-file"
        let file = settings.optionalPath(
            key,
            hint:
                "a PEM file of the roots that the ACME directory's own certificate must chain to; by default those of the system"
        )
        guard let file else { return [] }
        do {
            return try TrustSources(files: [file]).pem()
        } catch {
            settings.reject(key, problem: "\(error)", hint: "a PEM file")
            return []
        }
    }

    private static func externalAccount(_ settings: inout SettingsReader) -> ExternalAccount? {
        let key = "certificates.acme-external-account"
        let identifier = settings.optionalString(
            key,
            hint: "the key identifier of the account with the CA that the ACME account is bound to"
        )
        let secret = settings.secret(
            "certificates.acme-external-account-key",
            hint: "the key of that account, Base64 for addresses, as the CA gave it out"
        )
        guard identifier != nil || secret != nil else { return nil }
        guard let identifier, let bytes = secret?.text.flatMap({ Base64URL.decode($0) }), !bytes.isEmpty else {
            settings.reject(
                key,
                problem: "the identifier and the file of its key belong together, and the key is Base64 for addresses",
                hint: "set both, or neither"
            )
            return nil
        }
        return ExternalAccount(identifier: identifier, key: bytes)
    }
}
