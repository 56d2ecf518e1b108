/// How a certificate stands with a CA that is asked by ACME.
public struct CertificateOrder: Equatable, Sendable {
    /// The address of the CA's directory.
    public var directory: String
    /// Where the order is, in words.
    public var progress: String
    /// Why the last attempt failed, in the CA's words; empty when it did not.
    public var problem: String
    /// Attempts that failed in a row.
    public var failures: Int
    /// When the next attempt begins, in milliseconds since 1970; 0: none waits.
    public var nextAttempt: Int64
    /// When it is renewed, in milliseconds since 1970; 0 while it is not issued.
    public var renewal: Int64
    /// Where the CA explains when it wants it renewed; empty: it does not.
    public var explanation: String
    /// The certificate that it takes the place of; empty: none.
    public var replaces: String
    /// When it was revoked, in milliseconds since 1970; 0: it was not.
    public var revokedAt: Int64
    /// The cause that the CA was told.
    public var revocationCause: CertificateRevocation.Cause

    public init(
        directory: String,
        progress: String,
        problem: String = "",
        failures: Int = 0,
        nextAttempt: Int64 = 0,
        renewal: Int64 = 0,
        explanation: String = "",
        replaces: String = "",
        revokedAt: Int64 = 0,
        revocationCause: CertificateRevocation.Cause = .unspecified
    ) {
        self.directory = directory
        self.progress = progress
        self.problem = problem
        self.failures = failures
        self.nextAttempt = nextAttempt
        self.renewal = renewal
        self.explanation = explanation
        self.replaces = replaces
        self.revokedAt = revokedAt
        self.revocationCause = revocationCause
    }
}
