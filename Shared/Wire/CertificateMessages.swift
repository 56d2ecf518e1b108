/// What a certificate is used for.
public enum CertificateUse: String, Equatable, Hashable, Sendable, CaseIterable { case xmpp, sip }

/// A certificate and its key, as an edge holds them in memory.
public struct ServiceIdentity: Equatable, Sendable {
    /// The names it serves: DNS names, `*.` for wildcards.
    public var names: [String]
    public var certificateChainPEM: [UInt8]
    /// Sensitive: never logged, never stored by an edge.
    public var privateKeyPEM: [UInt8]

    public init(names: [String], certificateChainPEM: [UInt8], privateKeyPEM: [UInt8]) {
        self.names = names
        self.certificateChainPEM = certificateChainPEM
        self.privateKeyPEM = privateKeyPEM
    }
}

extension ServiceIdentity: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without the key.
    public var description: String { "ServiceIdentity(\(self.names.joined(separator: ", ")))" }
    public var debugDescription: String { self.description }
}

/// Asks for the identities of one use, and says how the edge that asks fares with those it was given.
public struct IdentitiesRequest: Equatable, Sendable {
    public var use: CertificateUse
    /// The version that the edge serves with; 0 before the first.
    public var version: UInt64
    /// The version of the trial that it has made; 0: none.
    public var tried: UInt64
    /// Why it cannot serve with the trial or, without one, with the set that it was given; `nil`: it can.
    public var refusal: String?

    public init(_ use: CertificateUse, version: UInt64 = 0, tried: UInt64 = 0, refusal: String? = nil) {
        self.use = use
        self.version = version
        self.tried = tried
        self.refusal = refusal
    }
}

/// All identities and trust roots of one use.
public struct IdentitySet: Equatable, Sendable {
    /// Rises with every change.
    public var version: UInt64
    /// The first serves peers that name none.
    public var identities: [ServiceIdentity]
    /// The roots that peers' certificates must chain to.
    public var trustRootsPEM: [UInt8]
    /// Revocation lists of authorities, each in DER.
    public var revocationLists: [[UInt8]]
    /// A set to try, and not to serve with yet: one with the version of the trial, or none.
    public var trials: [IdentitySet]

    public init(
        version: UInt64,
        identities: [ServiceIdentity],
        trustRootsPEM: [UInt8],
        revocationLists: [[UInt8]] = [],
        trials: [IdentitySet] = []
    ) {
        self.version = version
        self.identities = identities
        self.trustRootsPEM = trustRootsPEM
        self.revocationLists = revocationLists
        self.trials = trials
    }
}

/// Puts a certificate to use, or out of use.
public struct CertificateAssignment: Equatable, Sendable {
    public var id: String
    /// The uses it serves from now on; none to take it out of use.
    public var uses: [CertificateUse]
    /// Whether it is put to use although DNS does not have its TLSA records yet.
    public var isNow: Bool

    public init(id: String, uses: [CertificateUse], isNow: Bool = false) {
        self.id = id
        self.uses = uses
        self.isNow = isNow
    }
}

/// Brings in a certificate, and puts it to use.
public struct CertificateImport: Equatable, Sendable {
    /// PEM, DER, PKCS#7 or PKCS#12.
    public var data: [UInt8]
    /// The password of a PKCS#12 file; sensitive.
    public var password: String?
    /// A private key, when it is neither in `data` nor pending at cert-service; sensitive.
    public var privateKeyPEM: [UInt8]
    /// The uses it is assigned to; none to keep it unassigned.
    public var uses: [CertificateUse]
    public var friendlyName: String
    /// Whether the private key may be exported again, when it came with the certificate.
    public var isExportable: Bool
    /// Whether it is put to use although DNS does not have its TLSA records yet.
    public var isNow: Bool

    public init(
        data: [UInt8],
        password: String? = nil,
        privateKeyPEM: [UInt8] = [],
        uses: [CertificateUse] = [],
        friendlyName: String = "",
        isExportable: Bool = false,
        isNow: Bool = false
    ) {
        self.data = data
        self.password = password
        self.privateKeyPEM = privateKeyPEM
        self.uses = uses
        self.friendlyName = friendlyName
        self.isExportable = isExportable
        self.isNow = isNow
    }
}

extension CertificateImport: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without what is secret.
    public var description: String { "CertificateImport(\(self.data.count) bytes)" }
    public var debugDescription: String { self.description }
}

/// A trusted certification authority.
public struct TrustRoot: Equatable, Sendable {
    public var id: String
    public var subject: String
    /// SHA-256 of the certificate, lower-case hexadecimal.
    public var fingerprint: String
    /// In milliseconds since 1970.
    public var notAfter: Int64
    /// What it is trusted for; none for everything.
    public var uses: [CertificateUse]
    public var certificatePEM: String

    public init(
        id: String,
        subject: String,
        fingerprint: String,
        notAfter: Int64,
        uses: [CertificateUse] = [],
        certificatePEM: String
    ) {
        self.id = id
        self.subject = subject
        self.fingerprint = fingerprint
        self.notAfter = notAfter
        self.uses = uses
        self.certificatePEM = certificatePEM
    }
}

/// Adds trust roots.
public struct TrustRootAddition: Equatable, Sendable {
    /// One or several certificates in PEM, or one in DER; or revocation lists of authorities that are trusted already.
    public var data: [UInt8]
    /// What they are trusted for; none for everything.
    public var uses: [CertificateUse]

    public init(data: [UInt8], uses: [CertificateUse] = []) {
        self.data = data
        self.uses = uses
    }
}
