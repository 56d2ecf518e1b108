/// The life of an order at a CA, from the names to the certificate in use: a pure machine, which is stored after each event
/// and goes on from there after a restart ([RFC 8555 §7.4](https://www.rfc-editor.org/rfc/rfc8555#section-7.4)).
///
/// ```
///            ┌────────────── for each authorization ───────────────┐
///  ordering ─┴▶ checking ─▶ preparing ─▶ answering ─▶ validating ──┴▶ following ─▶ finalizing ─▶ issuing
///     ▲                                                               (the order)                  │
///     │ begin                                                                                 downloading
///   idle ◀── a problem at any place: pause, then begin again ── failed                             │
///                                                                 done ◀── installing ◀────────────┘
/// ```
///
/// One authorization is proven after the other: a wildcard and its domain share the place of their proof.
struct OrderMachine: Equatable, Codable, Sendable {
    enum Event: Equatable, Sendable {
        /// At first, after a pause, and after a restart.
        case begin
        case order(ACMEOrder)
        case authorization(ACMEAuthorization)
        /// The proof is where the CA will look for it.
        case prepared
        /// The CA was told to look.
        case answered
        case certificate([UInt8])
        /// The certificate is in use.
        case installed
        case timeUp
        case failed(ACMEProblem)
    }

    enum Action: Equatable, Sendable {
        /// `replaces` is what the CA knows the certificate by that is renewed.
        case createOrder(names: [String], replaces: String?)
        case fetchOrder(String)
        case fetchAuthorization(String)
        /// Puts the proof where the CA will look for it, and makes sure that it is there.
        case prepare(ACMEChallenge)
        case answer(ACMEChallenge)
        /// Takes the proof away again; nothing comes of it.
        case remove(ACMEChallenge)
        case finalize(String)
        case download(String)
        /// Has the certificate checked and put to its uses.
        case install([UInt8])
        /// ``Event/timeUp`` after so many seconds.
        case wait(Int64)
        /// ``Event/begin`` after so many seconds, in another life if need be.
        case pause(Int64)
    }

    enum Step: Equatable, Codable, Sendable {
        case idle
        case ordering
        case following
        case checking
        case preparing(ACMEChallenge)
        case answering(ACMEChallenge)
        case validating(ACMEChallenge)
        case finalizing
        case issuing
        case downloading
        case installing
        case failed
        case done
    }

    /// The dNSNames, `*.` for wildcards.
    let names: [String]
    /// The ways to prove them that are open here, the preferred one first.
    var preference: [ChallengeKind]
    /// What the CA knows the certificate by that is renewed.
    private(set) var replaces: String?

    private(set) var step = Step.idle
    private(set) var order: ACMEOrder?
    /// Which authorization of the order it is at.
    private(set) var index = 0
    /// How often was asked in vain since something changed.
    private(set) var polls = 0
    /// Problems in a row.
    private(set) var failures = 0
    /// A proof was in its place when the process ended: that the CA did not find it is no refusal then.
    private(set) var wasInterrupted = false
    /// The last one; it stays until the certificate is there.
    private(set) var problem: ACMEProblem?

    /// Between two questions, when the CA does not say, in seconds; doubled each time.
    static let shortestPoll: Int64 = 1
    static let longestPoll: Int64 = 30
    /// With the pauses above, a quarter of an hour.
    static let maximumPolls = 30

    init(names: [String], preference: [ChallengeKind], replaces: String? = nil) {
        (self.names, self.preference, self.replaces) = (names, preference, replaces)
    }

    // MARK: Events

    mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .begin: return self.begin()
        case .failed(let problem): return self.fail(problem)
        case .order(let order): return self.follow(order)
        case .authorization(let authorization): return self.judge(authorization)
        case .prepared:
            guard case .preparing(let challenge) = self.step else { return [] }
            // After a restart the CA may have been told already; a second answer would be an error (§7.5.1).
            if challenge.isAnswered { return self.validate(challenge, after: nil) }
            self.step = .answering(challenge)
            return [.answer(challenge)]
        case .answered:
            guard case .answering(let challenge) = self.step else { return [] }
            return self.validate(challenge, after: nil)
        case .timeUp: return self.look()
        case .certificate(let chain):
            guard self.step == .downloading else { return [] }
            self.step = .installing
            return [.install(chain)]
        case .installed:
            guard self.step == .installing else { return [] }
            (self.step, self.order, self.problem, self.failures) = (.done, nil, nil, 0)
            return []
        }
    }

    /// Goes on where the CA is: what it has is asked for, and nothing is done twice.
    private mutating func begin() -> [Action] {
        guard self.step != .done else { return [] }
        let leftover = self.removal
        (self.index, self.polls) = (0, 0)
        if !leftover.isEmpty { self.wasInterrupted = true }
        guard let order = self.order else {
            self.step = .ordering
            return leftover + [.createOrder(names: self.names, replaces: self.replaces)]
        }
        self.step = .following
        return leftover + [.fetchOrder(order.address)]
    }

    /// With another order, at once, and once.
    private mutating func beginAnew() -> [Action] {
        let leftover = self.removal
        (self.order, self.step, self.wasInterrupted) = (nil, .idle, false)
        return leftover + self.begin()
    }

    private mutating func follow(_ order: ACMEOrder) -> [Action] {
        switch self.step {
        case .ordering, .following, .finalizing, .issuing: break
        case .idle, .checking, .preparing, .answering, .validating, .downloading, .installing, .failed, .done: return []
        }
        self.order = order
        switch order.status {
        case .pending where self.index < order.authorizations.count: return self.check()
        // All is proven, and the CA has not noticed yet.
        case .pending: return self.poll(.following, order.retryAfter)
        case .ready where self.step == .finalizing || self.step == .issuing:
            return self.poll(.issuing, order.retryAfter)
        case .ready:
            self.step = .finalizing
            return [.finalize(order.finalize)]
        case .processing: return self.poll(.issuing, order.retryAfter)
        case .valid:
            guard let certificate = order.certificate else {
                return self.fail(ACMEProblem("malformed", "The CA says that it has issued, but not where."))
            }
            self.step = .downloading
            return [.download(certificate)]
        case .invalid where self.wasInterrupted: return self.beginAnew()
        case .invalid:
            return self.fail(order.problem ?? ACMEProblem("unauthorized", "The CA says that the order is invalid."))
        }
    }

    // MARK: Authorizations

    private mutating func check() -> [Action] {
        guard let order = self.order else { return self.begin() }
        guard self.index < order.authorizations.count else {
            self.step = .following
            return [.fetchOrder(order.address)]
        }
        self.step = .checking
        return [.fetchAuthorization(order.authorizations[self.index])]
    }

    private mutating func judge(_ authorization: ACMEAuthorization) -> [Action] {
        switch self.step {
        case .checking, .validating: break
        case .idle, .ordering, .following, .preparing, .answering, .finalizing, .issuing, .downloading, .installing,
            .failed, .done:
            return []
        }
        switch authorization.status {
        case .valid:
            let leftover = self.removal
            (self.index, self.polls) = (self.index + 1, 0)
            return leftover + self.check()
        case .pending:
            if case .validating(let challenge) = self.step {
                return self.validate(challenge, after: authorization.retryAfter)
            }
            return self.choose(among: authorization)
        case .invalid where self.wasInterrupted: return self.beginAnew()
        case .invalid:
            let problem = authorization.problem
            return self.fail(
                ACMEProblem(
                    problem?.type ?? "unauthorized",
                    "\(authorization.name): \(problem?.detail ?? "the CA does not say why.")"
                )
            )
        case .deactivated, .expired, .revoked:
            return self.fail(
                ACMEProblem("unauthorized", "\(authorization.name): the authorization is \(authorization.status).")
            )
        }
    }

    private mutating func choose(among authorization: ACMEAuthorization) -> [Action] {
        let choice = self.preference.lazy.compactMap { kind in
            authorization.challenges.first { $0.kind == kind }
        }.first
        guard let choice else {
            let offered = authorization.challenges.map(\.kind.rawValue).joined(separator: ", ")
            let open = self.preference.map(\.rawValue).joined(separator: ", ")
            return self.fail(
                ACMEProblem(
                    "userActionRequired",
                    "\(authorization.name) cannot be proven: the CA offers \(offered.isEmpty ? "no way that is known here" : offered), open here is \(open). A wildcard needs dns-01."
                )
            )
        }
        self.step = .preparing(choice)
        return [.prepare(choice)]
    }

    // MARK: Waiting

    private mutating func validate(_ challenge: ACMEChallenge, after retryAfter: Int64?) -> [Action] {
        var challenge = challenge
        challenge.isAnswered = true
        return self.poll(.validating(challenge), retryAfter)
    }

    private mutating func poll(_ step: Step, _ retryAfter: Int64?) -> [Action] {
        self.polls += 1
        guard self.polls <= Self.maximumPolls else {
            return self.fail(.tooSlow("The CA has not come to an end in time; it is asked again later."))
        }
        self.step = step
        let own = min(Self.shortestPoll << Int64(min(self.polls - 1, 10)), Self.longestPoll)
        return [.wait(max(own, min(retryAfter ?? 0, Self.longestPoll)))]
    }

    private mutating func look() -> [Action] {
        switch self.step {
        case .validating:
            guard let order = self.order, self.index < order.authorizations.count else { return self.begin() }
            return [.fetchAuthorization(order.authorizations[self.index])]
        case .following, .issuing: return self.order.map { [.fetchOrder($0.address)] } ?? []
        case .idle, .ordering, .checking, .preparing, .answering, .finalizing, .downloading, .installing, .failed,
            .done:
            return []
        }
    }

    // MARK: Problems

    /// The proof that is in its place, to be taken away.
    private var removal: [Action] {
        switch self.step {
        case .preparing(let challenge), .answering(let challenge), .validating(let challenge): [.remove(challenge)]
        case .idle, .ordering, .following, .checking, .finalizing, .issuing, .downloading, .installing, .failed, .done:
            []
        }
    }

    private mutating func fail(_ problem: ACMEProblem) -> [Action] {
        guard self.step != .done else { return [] }
        let leftover = self.removal
        self.failures += 1
        self.problem = problem
        self.wasInterrupted = false
        // The CA has replaced it already, or does not know it: it is an order like any other then (RFC 9773 §5).
        if problem.type == "alreadyReplaced" { self.replaces = nil }
        if problem.endsOrder { self.order = nil }
        self.step = .failed
        return leftover + [.pause(problem.type == "alreadyReplaced" ? 0 : problem.pause(failures: self.failures))]
    }
}
