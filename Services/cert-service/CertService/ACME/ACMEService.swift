import Logging
import NIOCore
import NIOPosix
import ServiceKit
import ServiceLifecycle
import TLS
import Wire

/// Carries out what the orders' machines say, each order in a task of its own, and asks the CA when to renew.
actor ACMEService: Service {
    /// What it needs of others.
    struct Parts: Sendable {
        var settings: ACMESettings
        var keeper: Keeper
        var board: ChallengeBoard
        var metrics: ACMEMetrics?
        var logger: Logger
        /// Asks dns-publisher for a TXT record, or takes it away.
        var publish: @Sendable (DNSChallenge) async throws(ACMEProblem) -> Void
        /// The time in seconds since 1970.
        var now: @Sendable () -> Int64
        /// Rung when there may be something to do.
        var bell: OrderBell
    }

    let parts: Parts
    private let loop: any EventLoop
    private var client: ACMEClient?
    var running: Set<String> = []
    /// While something is done with the account no order begins.
    var isBusy = false

    /// How often is looked whether something is due.
    private static let look = Duration.seconds(10)
    /// Orders that are under way at a time; the others wait.
    static let concurrency = 4

    init(_ parts: Parts) {
        self.parts = parts
        self.loop = MultiThreadedEventLoopGroup.singleton.next()
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        self.parts.bell.ring()
                        try? await Task.sleep(for: Self.look)
                    }
                    self.parts.bell.finish()
                }
                for await _ in self.parts.bell.rings {
                    await self.askForSuggestions()
                    for order in await self.due() { group.addTask { await self.carry(order) } }
                }
            }
        }
    }

    // MARK: Orders

    private func due() async -> [StoredOrder] {
        guard !self.isBusy else { return [] }
        do {
            try await self.parts.keeper.orderRenewals()
            let due = try await self.parts.keeper.dueOrders().filter { !self.running.contains($0.id) }
            guard !self.isBusy else { return [] }
            let begun = due.prefix(max(0, Self.concurrency - self.running.count))
            self.running.formUnion(begun.map(\.id))
            return Array(begun)
        } catch {
            self.parts.logger.error("ACME orders cannot be read", metadata: ["reason": "\(error)"])
            return []
        }
    }

    /// Goes on with an order until it is issued, has failed, or this process ends.
    func carry(_ begun: StoredOrder) async {
        defer {
            self.running.remove(begun.id)
            self.parts.bell.ring()
        }
        var order = begun
        // What an administrator has opened since the last attempt.
        order.machine.preference = self.parts.settings.challenges
        var next: OrderMachine.Event? = .begin
        while let event = next, !Task.isCancelled {
            next = nil
            let actions = order.machine.handle(event)
            await self.tell(event, order)
            for case .pause(let seconds) in actions { order.nextAttempt = self.parts.now() + self.spread(seconds) }
            do {
                // Before anything is done: whoever comes after a crash goes on from here.
                guard try await self.parts.keeper.keep(order) else { return await self.abandon(order) }
            } catch {
                return self.parts.logger.error("ACME order cannot be kept", metadata: ["reason": "\(error)"])
            }
            for action in actions { next = await self.perform(action, &order) ?? next }
        }
    }

    /// Up to a tenth longer, so that many gateways do not come back at one moment.
    private func spread(_ seconds: Int64) -> Int64 { seconds + Int64.random(in: 0...max(0, seconds / 10)) }

    /// Somebody has removed the request meanwhile: what stands in DNS for it goes too.
    private func abandon(_ order: StoredOrder) async {
        var order = order
        for case .remove(let challenge) in order.machine.handle(.begin) { await self.remove(challenge) }
    }

    private func perform(_ action: OrderMachine.Action, _ order: inout StoredOrder) async -> OrderMachine.Event? {
        do throws(ACMEProblem) {
            return try await self.event(of: action, &order)
        } catch {
            return .failed(error)
        }
    }

    private func event(
        of action: OrderMachine.Action,
        _ order: inout StoredOrder
    ) async throws(ACMEProblem) -> OrderMachine.Event? {
        switch action {
        case .createOrder(let names, let replaces):
            return .order(try await self.connected().createOrder(names: names, replaces: replaces))
        case .fetchOrder(let address): return .order(try await self.connected().order(at: address))
        case .fetchAuthorization(let address):
            return .authorization(try await self.connected().authorization(at: address))
        case .prepare(let challenge):
            try await self.prepare(challenge)
            return .prepared
        case .answer(let challenge):
            try await self.connected().answer(challenge)
            return .answered
        case .remove(let challenge):
            await self.remove(challenge)
            return nil
        case .finalize:
            guard let known = order.machine.order else { return nil }
            let request = try await self.request(of: order.id)
            return .order(try await self.connected().finalize(known, request: request))
        case .download(let address): return .certificate(try await self.connected().certificate(at: address))
        case .install(let chain):
            let chance = Double.random(in: 0...1)
            order.renewal = try await self.parts.keeper.install(chain, for: order, chance: chance)
            return .installed
        case .wait(let seconds):
            try? await Task.sleep(for: .seconds(seconds))
            return Task.isCancelled ? nil : .timeUp
        case .pause: return nil
        }
    }

    private func request(of id: String) async throws(ACMEProblem) -> [UInt8] {
        do {
            return try await self.parts.keeper.request(of: id)
        } catch {
            throw ACMEProblem("malformed", "The request cannot be read: \(error)")
        }
    }

    /// Speaks with the CA by the key that it has of ours.
    func connected() async throws(ACMEProblem) -> ACMEClient {
        if let client { return client }
        let next: AccountKey?
        do { next = try await self.parts.keeper.nextAccountKey() } catch { throw Self.unusable(error) }
        if let next {
            // A change of the key was broken off: the CA knows whether it has it.
            let isTaken = try await self.client(with: next).existingAccount() != nil
            do { try await self.parts.keeper.settleAccountKey(isTaken: isTaken) } catch { throw Self.unusable(error) }
        }
        let client = try self.client(with: try await self.key())
        self.client = client
        return client
    }

    /// The key or the account is another one.
    func disconnect() { self.client = nil }

    private func client(with key: AccountKey) throws(ACMEProblem) -> ACMEClient {
        do throws(TLSError) {
            let settings = self.parts.settings
            let context = try TLSContext(
                TLSContext.Configuration(
                    trustRootsPEM: settings.roots,
                    usesSystemRoots: settings.roots.isEmpty,
                    revocation: .off
                )
            )
            return ACMEClient(settings, https: HTTPSClient(context: context, loop: self.loop), key: key)
        } catch {
            throw Self.unusable(error)
        }
    }

    private static func unusable(_ error: any Error) -> ACMEProblem {
        ACMEProblem("notUsable", "The account cannot be used: \(error)")
    }

    // MARK: Proofs

    private func prepare(_ challenge: ACMEChallenge) async throws(ACMEProblem) {
        let key = try await self.key()
        switch challenge.kind {
        case .http: self.parts.board.put(key.authorization(for: challenge.token), at: challenge.token)
        case .dns:
            try await self.parts.publish(DNSChallenge(name: challenge.name, text: key.record(for: challenge.token)))
            if self.parts.settings.propagation > 0 {
                try? await Task.sleep(for: .seconds(self.parts.settings.propagation))
            }
        }
    }

    private func remove(_ challenge: ACMEChallenge) async {
        do throws(ACMEProblem) {
            switch challenge.kind {
            case .http: self.parts.board.remove(challenge.token)
            case .dns:
                let text = try await self.key().record(for: challenge.token)
                try await self.parts.publish(DNSChallenge(name: challenge.name, text: text, isRemoval: true))
            }
        } catch {
            self.parts.logger.warning(
                "ACME proof not removed",
                metadata: ["acme.name": "\(challenge.name)", "reason": "\(error)"]
            )
        }
    }

    private func key() async throws(ACMEProblem) -> AccountKey {
        do { return try await self.parts.keeper.accountKey() } catch { throw Self.unusable(error) }
    }

    // MARK: Renewal

    private func askForSuggestions() async {
        guard let questions = try? await self.parts.keeper.renewalQuestions(), !questions.isEmpty else { return }
        for (asked, identifier) in questions {
            var order = asked
            do throws(ACMEProblem) {
                switch try await self.connected().suggestion(for: identifier) {
                case .none: order.renewal?.notSuggested(retryAfter: nil, now: self.parts.now())
                case .window(let window, let explanation, let retryAfter):
                    order.renewal?.suggested(
                        window,
                        explanation: explanation,
                        retryAfter: retryAfter,
                        chance: Double.random(in: 0...1),
                        now: self.parts.now()
                    )
                }
            } catch {
                order.renewal?.notSuggested(retryAfter: error.retryAfter, now: self.parts.now())
                self.parts.logger.info(
                    "ACME renewal information not read",
                    metadata: ["certificate.id": "\(order.id)", "reason": "\(error)"]
                )
            }
            _ = try? await self.parts.keeper.keep(order)
        }
    }

    // MARK: Telling

    private func tell(_ event: OrderMachine.Event, _ order: StoredOrder) async {
        let machine = order.machine
        if machine.step == .failed, let problem = machine.problem {
            self.parts.metrics?.failed(problem)
            self.parts.logger.warning(
                "ACME order failed",
                metadata: [
                    "certificate.id": "\(order.id)", "acme.problem": "\(problem.type)", "reason": "\(problem.detail)",
                    "failures": "\(machine.failures)",
                ]
            )
            // An address may have moved, an account may be gone: the next attempt asks for both again.
            await self.client?.forget()
        } else if event == .installed {
            self.parts.metrics?.succeeded()
            self.parts.logger.notice(
                "ACME certificate in use",
                metadata: [
                    "certificate.id": "\(order.id)", "certificate.renewal": "\((order.renewal?.time ?? 0).moment)",
                ]
            )
        } else {
            self.parts.logger.info(
                "ACME order goes on",
                metadata: ["certificate.id": "\(order.id)", "acme.step": "\(machine.progress)"]
            )
        }
    }
}

/// Wakes ``ACMEService``: rings that come while it works are one.
struct OrderBell: Sendable {
    let rings: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (self.rings, self.continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func ring() { self.continuation.yield() }
    func finish() { self.continuation.finish() }
}
