import TLS

/// A dialback secret that is in use, and since when.
struct LiveSecret: Equatable, Sendable {
    let bytes: [UInt8]
    /// In milliseconds since 1970; 0 when nobody knows.
    let createdAt: Int64
    /// From when on keys made with it are invalid, in milliseconds since 1970; `nil`: it is the current one.
    let endsAt: Int64?
    /// Names it where it may not be shown.
    ///
    /// A piece of a key that is made for nobody (a key's input has two spaces), so the id tells as little of the secret as any
    /// key does, and every replica calls it the same.
    let id: String

    private static let idLength = 8
    private static let idInput = Array("id".utf8)

    init(_ bytes: [UInt8], createdAt: Int64, endsAt: Int64? = nil) throws(TLSError) {
        self.bytes = bytes
        self.createdAt = createdAt
        self.endsAt = endsAt
        let hash = Array(SHA256Hash.hexadecimal(of: bytes).utf8)
        self.id = String(try MessageAuthentication.hexadecimal(key: hash, message: Self.idInput).prefix(Self.idLength))
    }

    private init(_ other: LiveSecret, endsAt: Int64?) {
        (self.bytes, self.createdAt, self.endsAt, self.id) = (other.bytes, other.createdAt, endsAt, other.id)
    }

    func ending(at end: Int64) -> LiveSecret { LiveSecret(self, endsAt: end) }
}

/// The live secrets: keys are made with the current one, and those of the previous one are valid until it ends.
struct SecretSet: Equatable, Sendable {
    var current: LiveSecret
    var previous: LiveSecret?

    /// The secrets whose keys are valid, the current one first.
    func live(at now: Int64) -> [LiveSecret] {
        [self.current] + [self.previous].compactMap { $0 }.filter { !self.hasEnded($0, at: now) }
    }

    /// Replaces the current secret by `next`; its keys stay valid for `overlap` milliseconds, or not at all.
    func rotated(to next: [UInt8], at now: Int64, overlap: Int64) throws(TLSError) -> SecretSet {
        SecretSet(
            current: try LiveSecret(next, createdAt: now),
            previous: overlap > 0 ? self.current.ending(at: now + overlap) : nil
        )
    }

    /// Whether the previous secret is still there and no longer valid.
    func holdsEnded(at now: Int64) -> Bool { self.previous.map { self.hasEnded($0, at: now) } ?? false }

    private func hasEnded(_ secret: LiveSecret, at now: Int64) -> Bool { secret.endsAt.map { $0 <= now } ?? false }
}

extension SecretSet: CustomStringConvertible {
    /// The ids, never the secrets.
    var description: String {
        self.previous.map { "secret \(self.current.id), before it \($0.id)" } ?? "secret \(self.current.id)"
    }
}
