/// How far DNS is with an edge that is about to stop.
public enum DNSWithdrawal: Equatable, Sendable {
    /// DNS stays as it is, for a reason: nobody needs to wait.
    case kept(reason: String)
    /// DNS still leads peers to it; what it waits for.
    case listed(reason: String)
    /// DNS leads nobody to it any more; caches may for so many seconds.
    case withdrawn(wait: UInt32)
}
