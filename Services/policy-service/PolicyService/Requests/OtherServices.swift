import Bus
import Policy
import Wire

/// How this service asks others on an administrator's behalf.
protocol OtherServices: Sendable {
    func ask(_ request: Body, of service: ServiceName) async throws(BusFailure) -> Body
    func ask(_ request: Body, of edge: EdgeRecord) async throws(BusFailure) -> Body
}

extension Bus: OtherServices {
    /// An administrator waits for the answer; a key of 4096 bits or a DNS update takes seconds.
    private static let patience: Duration = .seconds(20)
    /// cert-service answers these from its memory.
    private static let shortPatience: Duration = .seconds(5)

    private static func patience(for request: Body) -> Duration {
        if case .certificateList = request { return self.shortPatience }
        if case .trustRootList = request { return self.shortPatience }
        // An edge waits for it, and asks again.
        if case .dnsWithdrawal = request { return self.shortPatience }
        return self.patience
    }

    func ask(_ request: Body, of service: ServiceName) async throws(BusFailure) -> Body {
        try await self.request(request, to: service, timeout: Self.patience(for: request))
    }

    /// An edge answers from its memory, unless it has a message to send: whose fate it knows after the 20 s that edges give each other,
    /// and the time that word of the recipient may take.
    func ask(_ request: Body, of edge: EdgeRecord) async throws(BusFailure) -> Body {
        if case .messageTest = request { return try await self.request(request, to: edge, timeout: .seconds(25)) }
        // It has 22 s, and tells then how far it has come.
        if case .partnerTest = request { return try await self.request(request, to: edge, timeout: .seconds(25)) }
        if case .routeTest = request { return try await self.request(request, to: edge, timeout: .seconds(25)) }
        return try await self.request(request, to: edge, timeout: .seconds(3))
    }
}
