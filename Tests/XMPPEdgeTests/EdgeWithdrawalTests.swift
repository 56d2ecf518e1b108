import Bus
import EdgeKit
import Logging
import ServiceKit
import Synchronization
import TestSupport
import Testing
import Wire

@Suite("An edge that is told to stop asks how DNS stands", .timeLimit(.minutes(1)))
struct EdgeWithdrawalTests {
    /// A policy-service that answers as it is told, the last answer for ever; an edge that asks it.
    private static func finish(
        _ answers: [Result<Body, Failure>],
        limit: Duration = .seconds(60)
    ) async throws -> (asked: Int, log: String) {
        let neighbourhood = try await Neighbourhood()
        let asked = Mutex(0)
        let policyService = try neighbourhood.bus(.policyService, knows: [:])
        policyService.serve { request in
            guard request.body == .edgeWithdrawal(instance: "xmpp-edge") else {
                return .failure(Failure(.invalid, "\(request.body)"))
            }
            let turn = asked.withLock { count in
                defer { count += 1 }
                return count
            }
            return answers[min(turn, answers.count - 1)]
        }
        neighbourhood.run { try await policyService.run() }
        let endpoints = try await policyService.endpoints()
        let edge = try neighbourhood.bus(.xmppEdge, knows: [.policyService: .init(requests: endpoints.requests)])
        neighbourhood.run { try await edge.run() }
        let log = LogCollector()
        let withdrawal = EdgeWithdrawal(
            EdgeWithdrawal.Settings(limit: limit),
            bus: edge,
            logger: LogCollector.logger("edge", to: log),
            interval: .milliseconds(10)
        )
        await withdrawal.finish()
        return (asked.withLock { $0 }, log.text)
    }

    private static func state(_ state: DNSWithdrawal) -> Result<Body, Failure> { .success(.dnsWithdrawalState(state)) }

    @Test("It goes on until DNS leads nobody to it, and then until caches have forgotten it")
    func patience() async throws {
        let (asked, log) = try await Self.finish([
            Self.state(.listed(reason: "the server does not answer")), Self.state(.withdrawn(wait: 2)),
            .failure(Failure(.unavailable, "policy-service is starting")), Self.state(.withdrawn(wait: 0)),
        ])
        #expect(asked == 4 && log.contains("DNS leads nobody here any more"), "\(log)")
    }

    static let quick: [Result<Body, Failure>] = [
        state(.kept(reason: "it is the last")), .failure(Failure(.unsupported, "policy-service does not serve this")),
        .failure(Failure(.notAllowed, "x is no xmpp-edge")), .success(.acknowledged),
    ]

    @Test("Where DNS stays as it is, or nobody knows of withdrawals, nobody waits", arguments: quick)
    func kept(_ answer: Result<Body, Failure>) async throws {
        let (asked, log) = try await Self.finish([answer])
        #expect(asked == 1 && log.contains("DNS stays as it is for this edge"), "\(log)")
    }

    @Test("It waits no longer than it is allowed to, and says what peers may meet")
    func limit() async throws {
        let listed = try await Self.finish([Self.state(.listed(reason: "no answer"))], limit: .milliseconds(300))
        #expect(listed.asked > 1 && listed.log.contains("Stopping while DNS still leads peers here"), "\(listed.log)")
        let cached = try await Self.finish([Self.state(.withdrawn(wait: 250))], limit: .milliseconds(300))
        #expect(cached.log.contains("Stopping while caches of DNS may still lead peers here"), "\(cached.log)")
        #expect(try await Self.finish([Self.state(.withdrawn(wait: 250))], limit: .zero).asked == 0)
    }

    @Test("The process is given the time", arguments: [(0, 15), (3, 15), (60, 72), (3600, 3612)])
    func deadline(_ wait: Int, _ deadline: Int) {
        #expect(EdgeWithdrawal.Settings(limit: .seconds(wait)).drainDeadline == .seconds(deadline))
    }
}
