import Messaging
import NIOCore
import Policy
import ServiceKit
import TLS
import Wire
import XMPPCore

/// Streams that administrators open to see how far they come (`isthmusctl test partner`).
///
/// They are made as all others are, by ``connect(_:for:)``, and belong to no route: what waits for the partner, the streams that live
/// and the time until a partner that failed is tried again are none of their business.
extension OutboundStreams {
    /// Tests at the same time; each takes a connection, and perhaps one that the partner makes to call back.
    static let simultaneousTests = 4

    /// Opens a stream for `pair`, closes it again, and tells each step.
    func test(_ pair: DomainPair) async -> [TestStep] {
        guard self.tests.count < Self.simultaneousTests else {
            return [
                TestStep(
                    "stream",
                    .bad,
                    "this edge has \(Self.simultaneousTests) tests under way, as many as there may be",
                    remedy: "Ask again in half a minute.",
                    reason: .queueFull
                )
            ]
        }
        let test = self.newTest(pair)
        defer { self.tests[ObjectIdentifier(test)] = nil }
        let deadline = self.surroundings.loop.scheduleTask(in: StreamTest.time) { test.assumeIsolated { $0.timeOut() } }
        defer { deadline.cancel() }
        Task { await self.run(test, pair) }
        let steps = await test.steps()
        return self.waitingStep(pair) + steps
    }

    private func newTest(_ pair: DomainPair) -> StreamTest {
        let test = StreamTest(self.router.assumeIsolated { $0.walk(pair) }, on: self.unownedExecutor)
        self.tests[ObjectIdentifier(test)] = test
        return test
    }

    private func run(_ test: StreamTest, _ pair: DomainPair) async {
        let key = RouteKey(pair: pair, purpose: .traffic, isTest: true)
        self.surroundings.metrics.outboundAttempts.increment()
        self.noteAttempt(key)
        if case .failure = await self.connect(key, for: test) { self.surroundings.metrics.outboundFailures.increment() }
        await test.finish()
    }

    /// Whether messages have a stream now.
    func isCarried(_ pair: DomainPair) -> Bool {
        if case .open? = self.routes[RouteKey(pair: pair, purpose: .traffic)]?.phase { true } else { false }
    }

    /// What traffic would meet before it met anything else.
    private func waitingStep(_ pair: DomainPair) -> [TestStep] {
        guard case .backingOff(let until, let end)? = self.routes[RouteKey(pair: pair, purpose: .traffic)]?.phase else {
            return []
        }
        let seconds = (until - .now()).nanoseconds / 1_000_000_000 + 1
        guard seconds > 0 else { return [] }
        return [
            TestStep(
                "traffic",
                .warning,
                "the latest stream failed (\(end)); until \(seconds) s from now messages are sent back at once, and then it is tried again",
                reason: end.reason
            )
        ]
    }
}

extension Router {
    /// Opens a stream to a partner as an administrator has asked for, and tells each step.
    func test(_ test: PartnerTest) async -> [TestStep] {
        await self.outbound.test(DomainPair(local: test.local, remote: test.remote))
    }

    /// What a test has to know of the rules.
    func walk(_ pair: DomainPair) -> StreamWalk {
        let partner = self.policy.rules(forDomain: pair.remote)
        return StreamWalk(
            pair: pair,
            rules: partner.map { StreamRules($0) } ?? .unknownPeer,
            partner: partner?.domain ?? pair.remote,
            hasCertificate: self.surroundings.tlsContext()?.names.contains(pair.local) ?? false
        )
    }
}
