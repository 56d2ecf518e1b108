/// One of our domains and one of a peer's: what a stream, or a part of it, is authenticated for.
///
/// Both are in the form of ``JID/domain``.
public struct DomainPair: Hashable, Sendable, CustomStringConvertible {
    public let local: String
    public let remote: String

    public init(local: String, remote: String) {
        self.local = local
        self.remote = remote
    }

    public var description: String { "\(self.local) ⇄ \(self.remote)" }
}
