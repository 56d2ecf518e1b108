/// An order as the CA shows it ([RFC 8555 §7.1.3](https://www.rfc-editor.org/rfc/rfc8555#section-7.1.3)).
struct ACMEOrder: Equatable, Codable, Sendable {
    /// Its states ([§7.1.6](https://www.rfc-editor.org/rfc/rfc8555#section-7.1.6)).
    enum Status: String, Codable, Sendable, CaseIterable { case pending, ready, processing, valid, invalid }

    var address: String
    var status: Status
    /// The addresses of what has to be proven.
    var authorizations: [String]
    /// Where the request goes.
    var finalize: String
    /// Where the certificate is, once it is valid.
    var certificate: String?
    /// Why it is invalid.
    var problem: ACMEProblem?
    /// When the CA wants to be asked again, in seconds.
    var retryAfter: Int64?
}

/// What has to be proven of one name ([RFC 8555 §7.1.4](https://www.rfc-editor.org/rfc/rfc8555#section-7.1.4)).
struct ACMEAuthorization: Equatable, Codable, Sendable {
    enum Status: String, Codable, Sendable, CaseIterable {
        case pending, valid, invalid, deactivated, expired, revoked
    }

    /// The name, without `*.`.
    var name: String
    var status: Status
    /// Those of a kind that we know.
    var challenges: [ACMEChallenge]
    var retryAfter: Int64?

    /// What the CA says of the challenge that failed.
    var problem: ACMEProblem? { self.challenges.lazy.compactMap(\.problem).first }
}

/// One way to prove it ([RFC 8555 §8](https://www.rfc-editor.org/rfc/rfc8555#section-8)).
struct ACMEChallenge: Equatable, Codable, Sendable {
    var kind: ChallengeKind
    var name: String
    var address: String
    var token: String
    /// Whether the CA was told to look already.
    var isAnswered = false
    var problem: ACMEProblem?
}
