import Synchronization

/// The proofs of http-01 that are shown now, by their tokens ([RFC 8555 §8.3](https://www.rfc-editor.org/rfc/rfc8555#section-8.3)).
final class ChallengeBoard: Sendable {
    private let pages = Mutex<[String: String]>([:])

    func put(_ page: String, at token: String) { self.pages.withLock { $0[token] = page } }
    func remove(_ token: String) { self.pages.withLock { _ = $0.removeValue(forKey: token) } }
    func page(at token: String) -> String? { self.pages.withLock { $0[token] } }
}
