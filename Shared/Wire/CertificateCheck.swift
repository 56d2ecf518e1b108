/// Asks whether a certificate serves a use: one that is kept, or one that is sent along.
public struct CertificateCheck: Equatable, Sendable {
    /// One that is kept; empty: `data` is checked.
    public var id: String
    /// PEM, DER, PKCS#7 or PKCS#12, with the certificates that lead to its root.
    public var data: [UInt8]
    /// The password of a PKCS#12 file or of a key; sensitive.
    public var password: String?
    public var use: CertificateUse
    /// The names it must have; none: those that the configuration needs.
    public var names: [String]

    public init(
        id: String = "",
        data: [UInt8] = [],
        password: String? = nil,
        use: CertificateUse,
        names: [String] = []
    ) {
        self.id = id
        self.data = data
        self.password = password
        self.use = use
        self.names = names
    }
}

extension CertificateCheck: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without what is secret.
    public var description: String { "CertificateCheck(\(self.use.rawValue), \(self.id))" }
    public var debugDescription: String { self.description }
}

/// One item of a check.
public struct CertificateFinding: Equatable, Sendable {
    public enum Outcome: String, Equatable, Sendable, CaseIterable { case good, warning, bad, skipped }

    /// What was looked at: `names`, `dates`.
    public var item: String
    public var outcome: Outcome
    /// What was found, in words.
    public var text: String
    /// What to do about it; empty: nothing.
    public var remedy: String

    public init(_ item: String, _ outcome: Outcome, _ text: String, remedy: String = "") {
        self.item = item
        self.outcome = outcome
        self.text = text
        self.remedy = remedy
    }
}

/// Whether a certificate serves a use, item by item.
public struct CertificateReport: Equatable, Sendable {
    public var subject: String
    /// In the order they are read.
    public var findings: [CertificateFinding]

    public init(subject: String, findings: [CertificateFinding]) {
        self.subject = subject
        self.findings = findings
    }
}
