import TLS
import Wire

/// Whether a certificate can be taken in for its uses, in words (SPEC §8): a pure function of what it says.
struct ImportCheck: Equatable {
    /// What a certificate says, as far as the check looks at it.
    struct Facts: Equatable {
        var names: [String]
        var notBefore: Int64
        var notAfter: Int64
        var key: KeyStrength
        var hasWeakSignature: Bool
        var isAuthority: Bool
        var allowsServerAuthentication: Bool
        var allowsClientAuthentication: Bool
        var chain: ChainCheck.Outcome
    }

    /// Why it is refused; empty: it is not.
    var refusals: [String] = []
    /// What works less well than it could.
    var warnings: [String] = []

    /// The floor of NIST SP 800-131A and of the CA/Browser Forum.
    static let minimumRSABits = 2048
    static let minimumECBits = 256

    /// Checks a certificate: all `needed` names, those that were asked for, must be there, and when it is put to `uses`,
    /// one of the local `domains`.
    init(_ facts: Facts, needed: [String], domains: [String], uses: Set<CertificateUse>, now: Int64) {
        if now >= facts.notAfter { self.refusals.append("it has expired") }
        if now < facts.notBefore { self.refusals.append("it is not valid yet") }
        if facts.isAuthority { self.refusals.append("it is the certificate of an authority, not of a server") }
        if Self.isWeak(facts.key) {
            self.refusals.append("its key is too weak: \(facts.key.algorithm) with \(facts.key.bits) bits")
        }
        if facts.hasWeakSignature { self.refusals.append("it is signed with MD5 or SHA-1, which can be forged") }
        if !facts.allowsServerAuthentication {
            self.refusals.append("it may not identify a server: extended key usage serverAuth is missing")
        }
        let missing = needed.filter { !IdentitySelection.covers(facts.names, $0) }
        if !missing.isEmpty {
            self.refusals.append("it lacks names that were asked for: \(missing.joined(separator: ", "))")
        }
        let served = domains.flatMap { [$0, "sip.\($0)"] }
        if !uses.isEmpty, !domains.isEmpty, !served.contains(where: { IdentitySelection.covers(facts.names, $0) }) {
            self.refusals.append("it names none of the domains that are served here")
        }
        if case .untrusted(let reason) = facts.chain {
            self.refusals.append(
                "it does not chain to a trusted root (\(reason)): send its intermediates, or add its root first"
            )
        }
        if !facts.allowsClientAuthentication {
            self.warnings.append(Self.serverOnly)
        }
    }

    /// What works with a certificate of a public CA, what does not, and what to take instead.
    static let serverOnly =
        "it may not identify a client: XMPP works, mutual TLS with Lync, OCS or LCS needs clientAuth; for SIP take the internal CA (isthmusctl certificate request --issuer internal --use sip) or your enterprise CA"

    static func isWeak(_ key: KeyStrength) -> Bool {
        switch key.algorithm {
        case "RSA", "RSA-PSS": key.bits < self.minimumRSABits
        case "EC": key.bits < self.minimumECBits
        case "ED25519", "ED448": false
        default: true
        }
    }
}

extension ImportCheck.Facts {
    init(_ certificate: Certificate, chain: ChainCheck.Outcome) {
        self.init(
            names: certificate.names.dnsNames,
            notBefore: certificate.notBefore,
            notAfter: certificate.notAfter,
            key: certificate.keyStrength,
            hasWeakSignature: certificate.hasWeakSignature,
            isAuthority: certificate.isAuthority,
            allowsServerAuthentication: certificate.allowsServerAuthentication,
            allowsClientAuthentication: certificate.allowsClientAuthentication,
            chain: chain
        )
    }
}
