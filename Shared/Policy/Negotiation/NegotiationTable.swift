/// The negotiation rules of Lync's XMPP partners: which combinations of TLS, SASL and dialback lead to which methods
/// (SPEC §3).
public enum NegotiationTable {
    /// Rows 3, 4, 9, 10.
    public static let warning1 =
        "SASL requires TLS. Allowing TLS to be optional may result in failed session negotiations."
    /// Rows 14, 16, 18.
    public static let warning2 = "SASL or dialback must be enabled."
    /// Rows 5, 11.
    public static let saslNeedsTLS =
        "SASL must have TLS support: set TLS to required or optional, or SASL to not-supported."
    /// Rows 6, 12.
    public static let nothingLeft =
        "SASL needs TLS, which is not supported, and dialback is off: no method is left. Allow TLS, or turn dialback on."
    /// Row 1.
    public static let dialbackNeverRuns = "Dialback will never run when both TLS and SASL are required."

    /// All 18 rows, in the order of SPEC §3.
    public static let rows: [NegotiationRule] = [
        row(1, .required, .required, true, [.saslTLS], .warning(dialbackNeverRuns)),
        row(2, .required, .required, false, [.saslTLS], .valid),
        row(3, .optional, .required, true, [.saslTLS, .tlsDialback, .tcpDialback], .warning(warning1)),
        row(4, .optional, .required, false, [.saslTLS], .warning(warning1)),
        row(5, .notSupported, .required, true, [.tcpDialback], .refused(saslNeedsTLS)),
        row(6, .notSupported, .required, false, [], .invalid(nothingLeft)),
        row(7, .required, .optional, true, [.saslTLS, .tlsDialback], .valid),
        row(8, .required, .optional, false, [.saslTLS], .valid),
        row(9, .optional, .optional, true, [.saslTLS, .tlsDialback, .tcpDialback], .warning(warning1)),
        row(10, .optional, .optional, false, [.saslTLS], .warning(warning1)),
        row(11, .notSupported, .optional, true, [.tcpDialback], .refused(saslNeedsTLS)),
        row(12, .notSupported, .optional, false, [], .invalid(nothingLeft)),
        row(13, .required, .notSupported, true, [.tlsDialback], .valid),
        row(14, .required, .notSupported, false, [], .invalid(warning2)),
        row(15, .optional, .notSupported, true, [.tlsDialback, .tcpDialback], .valid),
        row(16, .optional, .notSupported, false, [], .invalid(warning2)),
        row(17, .notSupported, .notSupported, true, [.tcpDialback], .valid),
        row(18, .notSupported, .notSupported, false, [], .invalid(warning2)),
    ]

    /// The row of a combination; every combination has one.
    public static func rule(tls: Negotiation, sasl: Negotiation, dialback: Bool) -> NegotiationRule {
        self.rows[self.position(of: sasl) * 6 + self.position(of: tls) * 2 + (dialback ? 0 : 1)]
    }

    private static func position(of value: Negotiation) -> Int {
        switch value {
        case .required: 0
        case .optional: 1
        case .notSupported: 2
        }
    }

    private static func row(
        _ number: Int,
        _ tls: Negotiation,
        _ sasl: Negotiation,
        _ dialback: Bool,
        _ methods: [AuthenticationMethod],
        _ verdict: NegotiationRule.Verdict
    ) -> NegotiationRule {
        NegotiationRule(number: number, tls: tls, sasl: sasl, dialback: dialback, methods: methods, verdict: verdict)
    }
}

extension Partner {
    /// What may be negotiated with this partner.
    public var negotiation: NegotiationRule {
        NegotiationTable.rule(tls: self.tls, sasl: self.sasl, dialback: self.dialback)
    }
}
