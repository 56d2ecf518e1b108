/// Which CA is asked by ACME, and how.
struct ACMESettings: Sendable, Equatable {
    /// The address of its directory.
    var directory: String
    /// Addresses of people that the CA may write to.
    var contacts: [String] = []
    /// Whether an administrator agrees to the CA's terms.
    var agreesToTerms = false
    /// The roots that the directory's own certificate must chain to, PEM; empty: those of the system.
    var roots: [UInt8] = []
    var externalAccount: ExternalAccount?
    /// The ways to prove a name that are open here, the preferred one first.
    var challenges: [ChallengeKind] = [.http]
    /// Where the pages of http-01 are.
    var listenHost = "0.0.0.0"
    var listenPort = 7180
    /// How long other servers of the zone may take to have a TXT record, in seconds.
    var propagation: Int64 = 0
}
