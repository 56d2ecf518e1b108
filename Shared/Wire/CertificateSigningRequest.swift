/// The fields of the certificate wizard (SPEC §8).
public struct CertificateSigningRequest: Equatable, Sendable {
    public var friendlyName: String
    /// `rsa-2048`, `rsa-3072`, `rsa-4096`, `ecdsa-p256`, `ecdsa-p384`.
    public var keyKind: String
    public var isExportable: Bool
    public var commonName: String
    public var organization: String
    public var organizationalUnit: String
    public var country: String
    public var state: String
    public var city: String
    /// Subject alternative names of type dNSName.
    public var dnsNames: [String]
    /// Subject alternative names of type xmppAddr.
    public var xmppAddresses: [String]
    /// Microsoft's certificate template name (extension 1.3.6.1.4.1.311.20.2).
    public var templateName: String?
    public var uses: [CertificateUse]
    /// Whether the internal CA signs it at once, instead of a CSR.
    public var isImmediate: Bool
    /// Whether a CA is asked for it by ACME, instead of a CSR.
    public var usesACME: Bool
    /// Whether only the summary is wanted: nothing is made.
    public var isDryRun: Bool

    public init(
        friendlyName: String = "",
        keyKind: String = "rsa-2048",
        isExportable: Bool = false,
        commonName: String,
        organization: String = "",
        organizationalUnit: String = "",
        country: String = "",
        state: String = "",
        city: String = "",
        dnsNames: [String] = [],
        xmppAddresses: [String] = [],
        templateName: String? = nil,
        uses: [CertificateUse] = [],
        isImmediate: Bool = false,
        usesACME: Bool = false,
        isDryRun: Bool = false
    ) {
        self.friendlyName = friendlyName
        self.keyKind = keyKind
        self.isExportable = isExportable
        self.commonName = commonName
        self.organization = organization
        self.organizationalUnit = organizationalUnit
        self.country = country
        self.state = state
        self.city = city
        self.dnsNames = dnsNames
        self.xmppAddresses = xmppAddresses
        self.templateName = templateName
        self.uses = uses
        self.isImmediate = isImmediate
        self.usesACME = usesACME
        self.isDryRun = isDryRun
    }
}

/// A request that was made, or a certificate the internal CA issued.
public struct CertificateRequested: Equatable, Sendable {
    public var id: String
    public var csrPEM: String
    /// When it was issued at once.
    public var certificatePEM: String?
    /// What is asked for, for people.
    public var summary: String

    public init(id: String, csrPEM: String, certificatePEM: String? = nil, summary: String = "") {
        self.id = id
        self.csrPEM = csrPEM
        self.certificatePEM = certificatePEM
        self.summary = summary
    }
}
