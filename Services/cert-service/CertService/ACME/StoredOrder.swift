import Wire

/// What is kept of the way of a certificate through an ACME CA: while it is pending, its order; afterwards, when it is renewed.
struct StoredOrder: Equatable, Codable, Sendable {
    /// The certificate or request.
    var id: String
    /// The address of the CA's directory.
    var directory: String
    /// The certificate that it is to take the place of.
    var predecessor: String?
    var machine: OrderMachine
    /// When it begins again after a problem, in seconds since 1970, as all times here.
    var nextAttempt: Int64 = 0
    /// Once it is issued.
    var renewal: RenewalSchedule?
    /// Once the CA has revoked it.
    var revocation: Revocation?

    struct Revocation: Equatable, Codable, Sendable {
        var time: Int64
        var cause: CertificateRevocation.Cause
    }

    var isOpen: Bool { self.machine.step != .done }
}
