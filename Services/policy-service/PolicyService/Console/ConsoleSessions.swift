import NIOCore
import Synchronization

/// Who is signed in to the console.
///
/// A session lives in memory: a restart of policy-service signs everybody out. It holds the token it was opened with, so that a token that is
/// removed, or whose role changes, counts at once.
final class ConsoleSessions: Sendable {
    struct Session: Sendable {
        let token: String
        let name: String
        let role: TokenRecord.Role
        /// Stands in every form: a page of somebody else's cannot know it.
        let formKey: String
        let openedAt: NIODeadline
        var usedAt: NIODeadline
    }

    /// How long a session lasts at most, and unused.
    static let lifetime = TimeAmount.hours(8)
    static let idleTime = TimeAmount.minutes(30)
    /// More than there are administrators; beyond it the one that was unused for longest ends.
    private static let limit = 200

    private let sessions = Mutex<[String: Session]>([:])

    /// Opens a session.
    ///
    /// - Returns: its name, for the cookie.
    func open(_ token: String, _ caller: APIContext.Caller, at now: NIODeadline) -> String {
        let (name, formKey) = (Self.random(), Self.random())
        let session = Session(
            token: token,
            name: caller.name,
            role: caller.role,
            formKey: formKey,
            openedAt: now,
            usedAt: now
        )
        self.sessions.withLock { sessions in
            sessions = sessions.filter { Self.isAlive($0.value, at: now) }
            if sessions.count >= Self.limit, let oldest = sessions.min(by: { $0.value.usedAt < $1.value.usedAt }) {
                sessions[oldest.key] = nil
            }
            sessions[name] = session
        }
        return name
    }

    /// The session of that name, if it is alive; it counts as used.
    func session(_ name: String, at now: NIODeadline) -> Session? {
        self.sessions.withLock { sessions in
            guard var session = sessions[name], Self.isAlive(session, at: now) else {
                sessions[name] = nil
                return nil
            }
            session.usedAt = now
            sessions[name] = session
            return session
        }
    }

    func close(_ name: String) { self.sessions.withLock { $0[name] = nil } }

    private static func isAlive(_ session: Session, at now: NIODeadline) -> Bool {
        now < session.openedAt + self.lifetime && now < session.usedAt + self.idleTime
    }

    /// 256 bits that cannot be guessed.
    private static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in String(generator.next(), radix: 36) }.joined(separator: "-")
    }
}
