/// A certificate or a pending request, without its key: what the console's list shows.
public struct CertificateRecord: Equatable, Sendable {
    public enum State: String, Equatable, Sendable, CaseIterable { case pending, active, unassigned, expired }

    public var id: String
    public var friendlyName: String
    public var state: State
    public var uses: [CertificateUse]
    public var subject: String
    /// Empty while pending.
    public var issuer: String
    public var names: [String]
    /// The kind of key: `rsa-2048`, `ecdsa-p256`.
    public var keyKind: String
    /// In milliseconds since 1970.
    public var notBefore: Int64
    /// In milliseconds since 1970.
    public var notAfter: Int64
    /// SHA-256 of the certificate, lower-case hexadecimal; empty while pending.
    public var fingerprint: String
    public var isExportable: Bool
    /// What to mind, in words: expires soon, lacks a name.
    public var warnings: [String]
    /// How it stands with a CA that is asked by ACME; nil for all others.
    public var order: CertificateOrder?
    /// What it is about to be used for, once the edges have tried it and DNS has its TLSA records.
    public var stagedUses: [CertificateUse]
    /// The local domain that it was made for by itself, and with which it comes, is renewed and goes; empty: somebody asked for it.
    public var madeFor: String
    /// The domains of ours that XMPP partners are shown it for.
    public var xmppDomains: [String]
    /// The domains of ours that SIP servers are shown it for.
    public var sipDomains: [String]

    public init(
        id: String,
        friendlyName: String = "",
        state: State,
        uses: [CertificateUse] = [],
        subject: String = "",
        issuer: String = "",
        names: [String] = [],
        keyKind: String = "",
        notBefore: Int64 = 0,
        notAfter: Int64 = 0,
        fingerprint: String = "",
        isExportable: Bool = false,
        warnings: [String] = [],
        order: CertificateOrder? = nil,
        stagedUses: [CertificateUse] = [],
        madeFor: String = "",
        xmppDomains: [String] = [],
        sipDomains: [String] = []
    ) {
        self.id = id
        self.friendlyName = friendlyName
        self.state = state
        self.uses = uses
        self.subject = subject
        self.issuer = issuer
        self.names = names
        self.keyKind = keyKind
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.fingerprint = fingerprint
        self.isExportable = isExportable
        self.warnings = warnings
        self.order = order
        self.stagedUses = stagedUses
        self.madeFor = madeFor
        self.xmppDomains = xmppDomains
        self.sipDomains = sipDomains
    }
}

/// All certificates and pending requests.
public struct CertificateInventory: Equatable, Sendable {
    /// The version of what the edges are given.
    public var version: UInt64
    public var records: [CertificateRecord]

    public init(version: UInt64, records: [CertificateRecord]) {
        self.version = version
        self.records = records
    }
}
