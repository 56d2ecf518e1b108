import NIOCore
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import Bus

@Suite("Requests between services", .timeLimit(.minutes(5)))
struct RequestTests {
    private static let keyRequest = DialbackKeyRequest(receiving: "a.example", originating: "b.example", streamID: "1")

    @Test("An answer comes back, and the server knows the caller by its key")
    func answers() async throws {
        let world = try BusWorld()
        let authority = try world.bus(.dialbackAuthority)
        let callers = Recorder<ServiceName>()
        authority.serve { request in
            callers.record(request.caller)
            guard case .dialbackKeyRequest(let question) = request.body else {
                return .failure(Failure(.unsupported, "?"))
            }
            return .success(.dialbackKey("key of \(question.streamID)"))
        }
        try await running(authority) { endpoints in
            let edge = try world.bus(.xmppEdge, knows: [.dialbackAuthority: .init(requests: endpoints.requests)])
            try await running(edge) { _ in
                let answer = try await edge.request(
                    .dialbackKeyRequest(Self.keyRequest),
                    to: .dialbackAuthority,
                    timeout: .seconds(10)
                )
                #expect(answer == .dialbackKey("key of 1"))
            }
        }
        #expect(callers.values == [.xmppEdge])
    }

    @Test("Requests that found the connection full are sent when it has room again, though nobody asks anything more")
    func full() async throws {
        let world = try BusWorld()
        let authority = try world.bus(.dialbackAuthority)
        authority.serve { _ in .success(.dialbackKey("key")) }
        try await running(authority) { endpoints in
            var limits = Bus.Limits()
            limits.highWaterMark = 1
            let edge = try world.bus(
                .xmppEdge,
                knows: [.dialbackAuthority: .init(requests: endpoints.requests)],
                limits: limits
            )
            try await running(edge) { _ in
                let answers = try await withThrowingTaskGroup(of: Body.self) { group in
                    for _ in 0..<200 {
                        group.addTask {
                            try await edge.request(
                                .dialbackKeyRequest(Self.keyRequest),
                                to: .dialbackAuthority,
                                timeout: .seconds(30)
                            )
                        }
                    }
                    return try await group.reduce(into: [Body]()) { $0.append($1) }
                }
                #expect(answers.count == 200 && answers.allSatisfy { $0 == .dialbackKey("key") })
            }
        }
    }

    @Test("A request made on behalf of another bears its trace into the other service")
    func trace() async throws {
        let world = try BusWorld()
        let authority = try world.bus(.dialbackAuthority)
        let traces = Recorder<TraceContext?>()
        authority.serve { _ in
            traces.record(TraceContext.current)
            return .success(.dialbackKey("key"))
        }
        var generator = SystemRandomNumberGenerator()
        let trace = TraceContext(using: &generator)
        try await running(authority) { endpoints in
            let edge = try world.bus(.xmppEdge, knows: [.dialbackAuthority: .init(requests: endpoints.requests)])
            try await running(edge) { _ in
                for current in [trace, nil] {
                    _ = try await TraceContext.$current.withValue(current) {
                        try await edge.request(
                            .dialbackKeyRequest(Self.keyRequest),
                            to: .dialbackAuthority,
                            timeout: .seconds(10)
                        )
                    }
                }
            }
        }
        #expect(traces.values.map { $0?.id } == [trace.id, nil])
        #expect(traces.values.first??.parentID != trace.parentID)
    }

    @Test("A refusal of the server reaches the caller as it is")
    func refusal() async throws {
        let world = try BusWorld()
        let authority = try world.bus(.dialbackAuthority)
        authority.serve { _ in .failure(Failure(.conflict, "somebody was first")) }
        try await running(authority) { endpoints in
            let edge = try world.bus(.xmppEdge, knows: [.dialbackAuthority: .init(requests: endpoints.requests)])
            try await running(edge) { _ in
                await #expect(throws: BusFailure.remote(Failure(.conflict, "somebody was first"))) {
                    try await edge.request(
                        .dialbackKeyRequest(Self.keyRequest),
                        to: .dialbackAuthority,
                        timeout: .seconds(10)
                    )
                }
            }
        }
    }

    @Test("A method that the caller may not call is refused before the handler sees it")
    func notAllowed() async throws {
        let world = try BusWorld()
        let metrics = MetricsRegistry()
        let certificates = try world.bus(.certService, metrics: metrics)
        let calls = Recorder<ServiceName>()
        certificates.serve { request in
            calls.record(request.caller)
            return .success(.acknowledged)
        }
        try await running(certificates) { endpoints in
            let edge = try world.bus(.xmppEdge, knows: [.certService: .init(requests: endpoints.requests)])
            try await running(edge) { _ in
                await #expect(throws: BusFailure.remote(Failure(.notAllowed, "xmpp-edge may not call this method"))) {
                    try await edge.request(.certificateList, to: .certService, timeout: .seconds(10))
                }
                await #expect(throws: BusFailure.remote(Failure(.unsupported, "not a method of cert-service"))) {
                    try await edge.request(.dnsPlanRequest, to: .certService, timeout: .seconds(10))
                }
            }
        }
        #expect(calls.values.isEmpty)
        #expect(metrics.prometheusText().contains("isthmus_bus_refused_methods_total 1"))
    }

    @Test("A request waits for a service that starts later")
    func startsInAnyOrder() async throws {
        let world = try BusWorld()
        let endpoint = FixedPort.endpoint()
        let edge = try world.bus(.xmppEdge, knows: [.dialbackAuthority: .init(requests: endpoint)])
        try await running(edge) { _ in
            let answer = Task {
                try await edge.request(
                    .dialbackKeyRequest(Self.keyRequest),
                    to: .dialbackAuthority,
                    timeout: .seconds(20)
                )
            }
            let authority = try world.bus(.dialbackAuthority, listen: endpoint)
            authority.serve { _ in .success(.dialbackKey("late")) }
            try await running(authority) { _ in
                let answer = try await answer.value
                #expect(answer == .dialbackKey("late"))
            }
        }
    }

    @Test("A service that is not there is unreachable when the time is over")
    func unreachable() async throws {
        let world = try BusWorld()
        let edge = try world.bus(.xmppEdge, knows: [.policyService: .init(requests: "tcp://127.0.0.1:1")])
        try await running(edge) { _ in
            await #expect(throws: BusFailure.unreachable) {
                try await edge.request(.policySnapshotRequest, to: .policyService, timeout: .milliseconds(50))
            }
        }
    }

    @Test("A slow service is timed out; its late answer is dropped and counted")
    func timeout() async throws {
        let world = try BusWorld()
        let metrics = MetricsRegistry()
        let authority = try world.bus(.dialbackAuthority)
        let gate = Gate()
        authority.serve { _ in
            await gate.wait()
            return .success(.dialbackKey("late"))
        }
        try await running(authority) { endpoints in
            let edge = try world.bus(
                .xmppEdge,
                knows: [.dialbackAuthority: .init(requests: endpoints.requests)],
                metrics: metrics
            )
            try await running(edge) { _ in
                await #expect(throws: BusFailure.timeout) {
                    try await edge.request(
                        .dialbackKeyRequest(Self.keyRequest),
                        to: .dialbackAuthority,
                        timeout: .milliseconds(500)
                    )
                }
                gate.open()
                try await eventually("the late answer is counted") {
                    metrics.prometheusText().contains("isthmus_bus_late_replies_total 1")
                }
            }
        }
    }

    @Test("A request whose server dies fails at once; after its restart the next one is answered")
    func dies() async throws {
        let world = try BusWorld()
        let received = Recorder<ServiceName>()
        let gate = Gate()
        let first = try world.bus(.dialbackAuthority, listen: FixedPort.endpoint())
        first.serve { request in
            received.record(request.caller)
            await gate.wait()
            return .success(.acknowledged)
        }
        let running1 = try await RunningBus(first)
        let edge = try world.bus(
            .xmppEdge,
            knows: [.dialbackAuthority: .init(requests: running1.endpoints.requests)]
        )
        try await running(edge) { _ in
            let answer = Task {
                try await edge.request(
                    .dialbackKeyRequest(Self.keyRequest),
                    to: .dialbackAuthority,
                    timeout: .seconds(600)
                )
            }
            try await eventually("the request has arrived") { !received.values.isEmpty }
            let death = Task { await running1.kill() }
            await #expect(throws: BusFailure.unreachable) { try await answer.value }
            gate.open()
            await death.value

            let second = try world.bus(.dialbackAuthority, listen: running1.endpoints.requests)
            second.serve { _ in .success(.dialbackKey("second life")) }
            try await running(second) { _ in
                let answer = try await edge.request(
                    .dialbackKeyRequest(Self.keyRequest),
                    to: .dialbackAuthority,
                    timeout: .seconds(20)
                )
                #expect(answer == .dialbackKey("second life"))
            }
        }
    }

    @Test("A cancelled task does not wait for its answer")
    func cancels() async throws {
        let world = try BusWorld()
        let edge = try world.bus(.xmppEdge, knows: [.policyService: .init(requests: "tcp://127.0.0.1:1")])
        try await running(edge) { _ in
            let task = Task {
                try await edge.request(.policySnapshotRequest, to: .policyService, timeout: .seconds(600))
            }
            task.cancel()
            let result = await task.result
            #expect(throws: BusFailure.cancelled) { try result.get() }
        }
    }

    @Test("More requests than the server may work on are refused, not queued")
    func overloaded() async throws {
        let world = try BusWorld()
        var limits = Bus.Limits()
        limits.concurrentRequests = 1
        let authority = try world.bus(.dialbackAuthority, limits: limits)
        let received = Recorder<ServiceName>()
        let gate = Gate()
        authority.serve { request in
            received.record(request.caller)
            await gate.wait()
            return .success(.dialbackKey("done"))
        }
        try await running(authority) { endpoints in
            let edge = try world.bus(.xmppEdge, knows: [.dialbackAuthority: .init(requests: endpoints.requests)])
            try await running(edge) { _ in
                let request = Body.dialbackKeyRequest(Self.keyRequest)
                let first = Task { try await edge.request(request, to: .dialbackAuthority, timeout: .seconds(30)) }
                try await eventually("the first request is worked on") { !received.values.isEmpty }
                await #expect(
                    throws: BusFailure.remote(Failure(.overloaded, "dialback-authority has too much to do"))
                ) { try await edge.request(request, to: .dialbackAuthority, timeout: .seconds(30)) }
                gate.open()
                let answer = try await first.value
                #expect(answer == .dialbackKey("done"))
            }
        }
    }

    @Test("More requests than may wait for answers are refused at the caller")
    func outstanding() async throws {
        let world = try BusWorld()
        var limits = Bus.Limits()
        limits.outstandingRequests = 0
        let edge = try world.bus(
            .xmppEdge,
            knows: [.policyService: .init(requests: "tcp://127.0.0.1:1")],
            limits: limits
        )
        await #expect(throws: BusFailure.overloaded) {
            try await edge.request(.policySnapshotRequest, to: .policyService, timeout: .seconds(10))
        }
    }

    @Test("What waits is failed when the process ends")
    func shutsDown() async throws {
        let world = try BusWorld()
        let edge = try world.bus(.xmppEdge, knows: [.policyService: .init(requests: "tcp://127.0.0.1:1")])
        let running = try await RunningBus(edge)
        let answer = Task { try await edge.request(.policySnapshotRequest, to: .policyService, timeout: .seconds(600)) }
        await running.kill()
        await #expect(throws: BusFailure.shuttingDown) { try await answer.value }
        await #expect(throws: BusFailure.shuttingDown) {
            try await edge.request(.policySnapshotRequest, to: .policyService, timeout: .seconds(600))
        }
    }

    @Test("An address that is taken is said when the bus is opened")
    func addressInUse() async throws {
        let world = try BusWorld()
        try await running(try world.bus(.policyService)) { endpoints in
            let second = try world.bus(.certService, listen: endpoints.requests)
            await #expect(throws: (any Error).self) { try await second.run() }
        }
    }
}
