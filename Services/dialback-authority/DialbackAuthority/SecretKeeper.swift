import ServiceKit
import Synchronization
import TLS

/// Holds the live secrets, follows the file they are in, and replaces them.
///
/// Every use looks whether the file is still the same, for a replica that missed a rotation would call good keys invalid. Should the
/// file be gone or broken, the last good secrets stay in use.
final class SecretKeeper: Sendable {
    /// Why the secret was not replaced.
    enum RotationRefusal: Error, Equatable, CustomStringConvertible {
        case passphrase
        /// The previous secret is valid until then, in milliseconds since 1970: there are never three.
        case overlapping(until: Int64)
        case file(SecretFileError)

        var description: String {
            switch self {
            case .passphrase:
                "the secret is a passphrase: give every dialback-authority the new one, and the old one as the previous one"
            case .overlapping(let end):
                "the secret before this one is valid until \(Timestamp(microseconds: end * 1000).text); --immediately ends it"
            case .file(let error): "\(error)"
            }
        }
    }

    /// What a look after the secrets has led to.
    enum Change: Equatable, Sendable {
        /// Another process replaced them, or a person did.
        case reloaded
        /// The previous one has ended.
        case dropped(id: String)
        /// It was old enough.
        case rotated(id: String)
        /// The file cannot be used; the last good secrets are. Told once.
        case failed(String)
    }

    /// How the secret is replaced.
    struct Rules: Equatable, Sendable {
        /// For how long keys of a replaced secret stay valid, in milliseconds.
        var overlap: Int64
        /// At which age it is replaced without being asked, in milliseconds; 0: never.
        var rotatesAfter: Int64
    }

    private struct State {
        var secrets: SecretSet
        var stamp: SecretFile.Stamp?
        /// Of the secrets that are live until `makerEnds`.
        var maker: KeyMaker
        var makerEnds: Int64
        var problem: String?
        var changes: [Change] = []
    }

    private let source: SecretSource
    private let state: Mutex<State>
    let rules: Rules
    /// Whether the secret was made just now.
    let isNew: Bool

    /// Reads the secrets, and makes the first one where there is none.
    init(_ source: SecretSource, rules: Rules, at now: Int64) throws {
        // Before the file is read: should it be replaced meanwhile, the first use sees that it is another.
        let stamp = source.stamp
        let secrets: SecretSet
        switch source {
        case .file(let file): (secrets, self.isNew) = try file.readOrMake(at: now)
        case .passphrase(let current, let previous):
            secrets = SecretSet(
                current: try LiveSecret(current, createdAt: 0),
                previous: try previous.map { try LiveSecret($0, createdAt: 0, endsAt: .max) }
            )
            self.isNew = false
        }
        self.source = source
        self.rules = rules
        let (maker, ends) = Self.maker(secrets, at: now)
        self.state = Mutex(State(secrets: secrets, stamp: stamp, maker: maker, makerEnds: ends))
    }

    /// What makes and checks keys with the secrets that are live now.
    func keys(at now: Int64) -> KeyMaker {
        self.state.withLock { state in
            self.follow(&state, at: now)
            return state.maker
        }
    }

    /// Whether an administrator gave the secret, and replaces it where it was given.
    var isPassphrase: Bool { self.source.isPassphrase }

    /// The live secrets, the current one first.
    func live(at now: Int64) -> [LiveSecret] {
        self.state.withLock { state in
            self.follow(&state, at: now)
            return state.secrets.live(at: now)
        }
    }

    /// How long the current secret has been in use, in seconds; `nil` when nobody knows.
    func age(at now: Int64) -> Double? {
        let createdAt = self.state.withLock { $0.secrets.current.createdAt }
        return createdAt == 0 ? nil : Double(max(0, now - createdAt)) / 1000
    }

    /// Replaces the secret by a new one.
    ///
    /// With `endsOldAtOnce` keys of the old one, and of one before it, are invalid from now on.
    func rotate(endsOldAtOnce: Bool, at now: Int64) throws(RotationRefusal) {
        guard case .file(let file) = self.source else { throw .passphrase }
        var until: Int64?
        let secrets: SecretSet
        do throws(SecretFileError) {
            secrets = try file.update { present throws(SecretFileError) in
                let previous = present.live(at: now).dropFirst().first
                if let previous, !endsOldAtOnce {
                    until = previous.endsAt
                    return nil
                }
                return try file.rotated(present, at: now, overlap: endsOldAtOnce ? 0 : self.rules.overlap)
            }
        } catch {
            throw .file(error)
        }
        if let until { throw .overlapping(until: until) }
        self.take(secrets, file, at: now)
    }

    /// Does what is due: a secret that has ended leaves the file, one that is old enough is replaced.
    ///
    /// - Returns: What has changed since the last call, in order.
    func look(at now: Int64) -> [Change] {
        self.state.withLock { self.follow(&$0, at: now) }
        if case .file(let file) = self.source { self.maintain(file, at: now) }
        return self.state.withLock { state in
            defer { state.changes = [] }
            return state.changes
        }
    }

    private func maintain(_ file: SecretFile, at now: Int64) {
        let present = self.state.withLock { $0.secrets }
        let age = present.current.createdAt == 0 ? 0 : now - present.current.createdAt
        let isDue = self.rules.rotatesAfter > 0 && age >= self.rules.rotatesAfter
        guard isDue || present.holdsEnded(at: now) else { return }
        do throws(SecretFileError) {
            var change: Change?
            let secrets = try file.update { present throws(SecretFileError) in
                // Asked again under the lock: another replica may have done it.
                if isDue, now - present.current.createdAt >= self.rules.rotatesAfter, present.live(at: now).count == 1 {
                    let next = try file.rotated(present, at: now, overlap: self.rules.overlap)
                    change = .rotated(id: next.current.id)
                    return next
                }
                guard present.holdsEnded(at: now), let ended = present.previous else { return nil }
                change = .dropped(id: ended.id)
                return SecretSet(current: present.current, previous: nil)
            }
            self.take(secrets, file, at: now)
            if let change { self.state.withLock { $0.changes.append(change) } }
        } catch  where error.isBusy {
            // Another replica is at it; the next look sees what it has done.
        } catch {
            self.state.withLock { Self.note(error, &$0) }
        }
    }

    private func take(_ secrets: SecretSet, _ file: SecretFile, at now: Int64) {
        self.state.withLock { state in
            state.secrets = secrets
            state.problem = nil
            // Not the stamp: should somebody have replaced the file again, the next use sees that it is another.
            (state.maker, state.makerEnds) = Self.maker(secrets, at: now)
        }
    }

    /// Reads the file again if it is another one, and lets go of a secret that has ended.
    private func follow(_ state: inout State, at now: Int64) {
        if case .file(let file) = self.source {
            let stamp = file.stamp
            if stamp != state.stamp {
                state.stamp = stamp
                do throws(SecretFileError) {
                    let secrets = try file.read()
                    if secrets != state.secrets { state.changes.append(.reloaded) }
                    state.secrets = secrets
                    state.problem = nil
                    state.makerEnds = 0
                } catch {
                    Self.note(error, &state)
                }
            }
        }
        if state.makerEnds <= now { (state.maker, state.makerEnds) = Self.maker(state.secrets, at: now) }
    }

    private static func note(_ error: SecretFileError, _ state: inout State) {
        guard state.problem != error.problem else { return }
        state.problem = error.problem
        state.changes.append(.failed("\(error)"))
    }

    /// The maker for the secrets that are live at `now`, and until when it is right.
    private static func maker(_ secrets: SecretSet, at now: Int64) -> (KeyMaker, Int64) {
        let live = secrets.live(at: now)
        let previous = live.dropFirst().first
        return (KeyMaker(current: secrets.current.bytes, previous: previous?.bytes), previous?.endsAt ?? .max)
    }
}

extension SecretSource {
    var stamp: SecretFile.Stamp? {
        switch self {
        case .file(let file): file.stamp
        case .passphrase: nil
        }
    }
}
