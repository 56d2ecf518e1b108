import Policy
import Testing

@Suite("SPEC §3: TLS × SASL × dialback")
struct NegotiationTableTests {
    /// What a row's class is, without its words.
    enum Class: Sendable { case valid, warning, refused, invalid }

    struct Row: Sendable, CustomTestStringConvertible {
        let number: Int
        let tls: Negotiation
        let sasl: Negotiation
        let dialback: Bool
        let methods: [AuthenticationMethod]
        let kind: Class

        init(
            _ number: Int,
            _ tls: Negotiation,
            _ sasl: Negotiation,
            _ dialback: Bool,
            _ methods: [AuthenticationMethod],
            _ kind: Class
        ) {
            (self.number, self.tls, self.sasl, self.dialback) = (number, tls, sasl, dialback)
            (self.methods, self.kind) = (methods, kind)
        }

        var testDescription: String { "\(self.number): tls \(self.tls), sasl \(self.sasl), dialback \(self.dialback)" }
    }

    static let specified: [Row] = [
        Row(1, .required, .required, true, [.saslTLS], .warning),
        Row(2, .required, .required, false, [.saslTLS], .valid),
        Row(3, .optional, .required, true, [.saslTLS, .tlsDialback, .tcpDialback], .warning),
        Row(4, .optional, .required, false, [.saslTLS], .warning),
        Row(5, .notSupported, .required, true, [.tcpDialback], .refused),
        Row(6, .notSupported, .required, false, [], .invalid),
        Row(7, .required, .optional, true, [.saslTLS, .tlsDialback], .valid),
        Row(8, .required, .optional, false, [.saslTLS], .valid),
        Row(9, .optional, .optional, true, [.saslTLS, .tlsDialback, .tcpDialback], .warning),
        Row(10, .optional, .optional, false, [.saslTLS], .warning),
        Row(11, .notSupported, .optional, true, [.tcpDialback], .refused),
        Row(12, .notSupported, .optional, false, [], .invalid),
        Row(13, .required, .notSupported, true, [.tlsDialback], .valid),
        Row(14, .required, .notSupported, false, [], .invalid),
        Row(15, .optional, .notSupported, true, [.tlsDialback, .tcpDialback], .valid),
        Row(16, .optional, .notSupported, false, [], .invalid),
        Row(17, .notSupported, .notSupported, true, [.tcpDialback], .valid),
        Row(18, .notSupported, .notSupported, false, [], .invalid),
    ]

    @Test("Each combination leads to the methods and the class of its row", arguments: specified)
    func matchesSpecification(_ row: Row) {
        let rule = NegotiationTable.rule(tls: row.tls, sasl: row.sasl, dialback: row.dialback)
        #expect(rule.number == row.number)
        #expect((rule.tls, rule.sasl, rule.dialback) == (row.tls, row.sasl, row.dialback))
        #expect(rule.methods == row.methods)
        #expect(Self.kind(of: rule.verdict) == row.kind)
        #expect(rule.isCommittable == (row.kind == .valid || row.kind == .warning))
    }

    @Test("The words are those of the rows: W1, W2 and what SASL needs")
    func words() {
        func verdict(_ number: Int) -> NegotiationRule.Verdict { NegotiationTable.rows[number - 1].verdict }
        for number in [3, 4, 9, 10] { #expect(verdict(number) == .warning(NegotiationTable.warning1)) }
        for number in [14, 16, 18] { #expect(verdict(number) == .invalid(NegotiationTable.warning2)) }
        for number in [5, 11] { #expect(verdict(number) == .refused(NegotiationTable.saslNeedsTLS)) }
        for number in [6, 12] { #expect(verdict(number) == .invalid(NegotiationTable.nothingLeft)) }
        #expect(verdict(1) == .warning(NegotiationTable.dialbackNeverRuns))
    }

    @Test("All 18 combinations are there, each once")
    func isComplete() {
        #expect(NegotiationTable.rows.map(\.number) == Array(1...18))
        for tls in Negotiation.allCases {
            for sasl in Negotiation.allCases {
                for dialback in [true, false] {
                    let rule = NegotiationTable.rule(tls: tls, sasl: sasl, dialback: dialback)
                    #expect((rule.tls, rule.sasl, rule.dialback) == (tls, sasl, dialback))
                }
            }
        }
    }

    @Test("What is required is kept, and what is off is not used", arguments: NegotiationTable.rows.map(\.number))
    func invariants(_ number: Int) {
        let rule = NegotiationTable.rows[number - 1]
        if rule.tls == .required { #expect(!rule.allowsPlaintext && rule.methods.allSatisfy(\.needsTLS)) }
        if rule.tls == .notSupported { #expect(rule.methods.allSatisfy { !$0.needsTLS }) }
        if rule.sasl == .notSupported { #expect(!rule.allows(.saslTLS)) }
        if !rule.dialback { #expect(!rule.allows(.tlsDialback) && !rule.allows(.tcpDialback)) }
        #expect(rule.methods == AuthenticationMethod.allCases.filter(rule.methods.contains), "in order of preference")
    }

    @Test("A new partner has Lync's default, row 1")
    func defaultPartner() {
        #expect(Partner(domain: "example.org").negotiation.number == 1)
    }

    private static func kind(of verdict: NegotiationRule.Verdict) -> Class {
        switch verdict {
        case .valid: .valid
        case .warning: .warning
        case .refused: .refused
        case .invalid: .invalid
        }
    }
}
