import Logging
import TLS

/// The internal CA at rest.
enum InternalAuthority {
    /// Reads the master key and opens the CA with it; makes what is missing at the first start.
    static func open(_ parts: Keeper.Parts) throws -> (MasterKeys, CertificateAuthority) {
        let kept = try parts.store.authority()
        let (keys, isNew) = try parts.masterKeyFile.read(hasState: kept != nil)
        if isNew {
            parts.logger.warning(
                "Master key made; keep a copy of it apart from the store",
                metadata: ["file": "\(parts.masterKeyFile.path)"]
            )
        }
        if let kept {
            let key = try keys.open(kept.sealedKey)
            let root = try Certificate.chain(pem: kept.certificate)[0]
            return (keys, try CertificateAuthority(root: root, key: key))
        }
        let key = try PrivateKey(generating: .ecdsaP384)
        let authority = try CertificateAuthority(
            subject: SubjectName(
                commonName: "Isthmus internal CA \(key.publicKeyFingerprint.prefix(8))",
                organization: "Isthmus"
            ),
            key: key,
            notBefore: parts.now() - 3600,
            notAfter: parts.now() + parts.settings.rootLifetime
        )
        try parts.store.setAuthority(
            certificate: try authority.root.pem(),
            sealedKey: try key.sealedPEM(with: keys.current)
        )
        parts.logger.notice(
            "Internal CA made",
            metadata: [
                "certificate.subject": "\(authority.root.subject)",
                "certificate.fingerprint": "\(authority.root.fingerprint)",
            ]
        )
        return (keys, authority)
    }
}
