/// What one combination of TLS, SASL and dialback means: a row of ``NegotiationTable``.
public struct NegotiationRule: Equatable, Sendable {
    /// Whether a partner may be given this combination.
    public enum Verdict: Equatable, Sendable {
        case valid
        /// It works, but perhaps not as its author expects.
        case warning(String)
        /// Not taken by a commit; an import of an older configuration may hold it, and it can then be read and served.
        case refused(String)
        /// No method is left: nothing could ever be negotiated.
        case invalid(String)
    }

    /// The row's number in SPEC §3, 1…18.
    public let number: Int
    public let tls: Negotiation
    public let sasl: Negotiation
    public let dialback: Bool
    /// What may be used, the best first; empty when the combination is invalid.
    public let methods: [AuthenticationMethod]
    public let verdict: Verdict

    /// Whether a commit may hold it.
    public var isCommittable: Bool {
        switch self.verdict {
        case .valid, .warning: true
        case .refused, .invalid: false
        }
    }

    public func allows(_ method: AuthenticationMethod) -> Bool { self.methods.contains(method) }

    /// Whether a stream may carry stanzas without TLS.
    ///
    /// `tls: required` never falls back to plaintext.
    public var allowsPlaintext: Bool { self.methods.contains(.tcpDialback) }
}
