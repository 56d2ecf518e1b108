import Bus
import Directory
import Hummingbird
import Messaging
import Policy
import Wire

/// Whom a test message goes from and to.
struct MessageWish: Sendable {
    let from: Address
    let to: Address

    init(_ request: Request) async throws {
        var reader = DocumentReader(try await request.document(), kind: "test message", keyField: nil)
        let (from, to) = (reader.text("from", default: nil), reader.text("to", default: nil))
        reader.finish()
        guard reader.findings.isEmpty else { throw CommitRefusal.invalid(reader.findings) }
        self.from = try ExplainRoutes.address(from, named: "from")
        self.to = try ExplainRoutes.address(to, named: "to")
        guard self.from.user != nil, self.to.user != nil else {
            throw Problem.badRequest("a message is from somebody to somebody: both addresses need a user before the @")
        }
    }
}

/// `test im`: what Lync's `Test-CsXmppIM` is for.
///
/// A real message, in the name of a user of ours or of a contact, is given to the edge that would have had it from them, and goes its way:
/// decision, the other edge, stream or route, the other side's server. Its text is always the same, so that nobody has words put into
/// their mouth, and it stands in the audit log who had it sent.
extension TestRoutes {
    /// How long word of the recipient's program is waited for, after its server has taken the message.
    private static let patience: UInt32 = 2_000

    private static func text(_ id: MessageID) -> String {
        "This is a test of the gateway between SIP and XMPP by its administrator; there is nothing to do. (\(id))"
    }

    func message(_ wish: MessageWish, _ context: APIContext, _ reason: String) async throws -> TestReport {
        let subject = "message from \(wish.from) to \(wish.to)"
        let explanation = try await ExplainRoutes(engine: self.engine, store: self.store)
            .explanation(nil, .instantMessage, from: wish.from, to: wish.to).explanation
        guard explanation.decision.isAllowed else {
            return TestReport(
                subject: subject,
                steps: [
                    TestStep("policy", .bad, explanation.verdict, remedy: explanation.remedy),
                    TestStep("message", .skipped, "none was sent"),
                ]
            )
        }
        let steps =
            [TestStep("policy", .good, explanation.verdict)]
            + explanation.path.map { TestStep("way", .good, $0) }
        let state = await self.engine.state
        let isInbound = explanation.direction == .inbound
        guard let edge = Self.edge(isInbound, wish, state) else {
            let kind = isInbound ? EdgeRecord.Kind.xmpp : .sip
            let step = TestStep(
                "edge",
                .bad,
                "no \(kind.rawValue) is alive",
                remedy: "Start one, and look at its log: isthmusctl edge list"
            )
            return TestReport(subject: subject, steps: steps + [step, TestStep("message", .skipped, "none was sent")])
        }
        try await self.journal.note(context, "test message", reason, subject)
        let more = await self.send(wish, explanation, by: edge, state)
        return TestReport(subject: subject, steps: steps + more)
    }

    /// The edge that would have the message from its sender.
    private static func edge(_ isInbound: Bool, _ wish: MessageWish, _ state: PolicyState) -> EdgeRecord? {
        let directory = EdgeDirectory(state.edges.values)
        return isInbound
            ? directory.owner(ofLocalDomain: wish.to.domain, partnerDomain: wish.from.domain)
            : directory.owner(ofLocalUser: wish.from, contact: wish.to)
    }

    /// Has the message sent, and says what became of it.
    private func send(
        _ wish: MessageWish,
        _ explanation: Explanation,
        by edge: EdgeRecord,
        _ state: PolicyState
    ) async -> [TestStep] {
        let isInbound = explanation.direction == .inbound
        let id = MessageID("test-\(String(UInt64.random(in: 1 ... .max), radix: 36))")
        let test = MessageTest(
            id: id,
            from: wish.from,
            to: wish.to,
            text: Self.text(id),
            patienceMilliseconds: Self.patience
        )
        let begin = Moment.now().monotonic
        let result: MessageTestResult
        do throws(BusFailure) {
            guard case .messageTestResult(let answer) = try await self.others.ask(.messageTest(test), of: edge) else {
                return [TestStep("edge", .bad, "\(edge.instance) answered something else")]
            }
            result = answer
        } catch {
            return [
                TestStep("edge", .bad, Problem(error, of: edge.instance).title, remedy: "isthmusctl edge list"),
                TestStep("message", .skipped, "it is not known whether \(id) was sent"),
            ]
        }
        let took = Moment.now().monotonic - begin
        var steps = [Self.step(aboutEdges: edge, result)]
        if isInbound {
            let hops = Set(state.routes(to: wish.to).map(\.nextHop))
            steps.append(await self.liveStreams(.sip) { !hops.isDisjoint(with: $0.remoteDomains) })
        } else {
            steps.append(await self.liveStreams(.xmpp) { $0.remoteDomains.contains(wish.to.domain) })
        }
        let (local, remote) = isInbound ? (wish.to, wish.from) : (wish.from, wish.to)
        let partner = state.partner(ofDomain: remote.domain)?.domain ?? ""
        steps.append(
            result.failure.map { failure in
                TestStep(
                    "message",
                    .bad,
                    "\(id) came back after \(took) ms (\(failure.reason.rawValue)): \(failure.text)",
                    remedy: RefusalAdvice.text(
                        for: failure.reason,
                        partner: partner,
                        remote: remote.domain,
                        local: local.domain,
                        service: isInbound ? "xmpp-edge" : "sip-edge"
                    )
                )
            } ?? Self.step(aboutTaken: id, wish, result, isInbound, took)
        )
        return steps
    }

    private static func step(aboutEdges edge: EdgeRecord, _ result: MessageTestResult) -> TestStep {
        result.through.isEmpty
            ? TestStep("edges", .warning, "\(edge.instance) has handed it to no other edge")
            : TestStep("edges", .good, "\(edge.instance) has handed it to \(result.through)")
    }

    private static func step(
        aboutTaken id: MessageID,
        _ wish: MessageWish,
        _ result: MessageTestResult,
        _ isInbound: Bool,
        _ took: Int64
    ) -> TestStep {
        if isInbound {
            return TestStep(
                "message",
                .good,
                "\(id) was delivered after \(took) ms: the SIP server has answered it with 2xx"
            )
        }
        return result.isConfirmed
            ? TestStep(
                "message",
                .good,
                "\(id) was delivered after \(took) ms: the program of \(wish.to) has confirmed it"
            )
            : TestStep(
                "message",
                .good,
                """
                \(id) was taken by the server of \(wish.to.domain), and has not come back within \(Self.patience / 1_000) s; \
                the recipient's program said nothing, as some do not
                """
            )
    }
}
