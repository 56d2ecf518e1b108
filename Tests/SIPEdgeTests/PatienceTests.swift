import Messaging
import Policy
import SIPCore
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import SIPEdge

@Suite("What goes wrong around connections", .tags(.sip), .serialized)
struct PatienceTests {
    private static func route(_ phone: Phone, _ priority: Int = 1) async throws -> StaticRoute {
        StaticRoute(
            id: "r\(priority)",
            domain: "sip.test",
            nextHop: "127.0.0.1",
            port: try await phone.listen(),
            transport: .tcp,
            priority: priority
        )
    }

    @Test("A connection to a next hop that ends late does not end the attempt at the next one")
    func endsLate() async throws {
        let phone = Phone()
        let route = try await Self.route(phone)
        let edge = try await TestEdge(routes: [route])
        let hop = try #require(NextHop(route))
        #expect(try await edge.send(MessageTests.text("Hello")) == .success(Taken()))
        let isConnecting = await edge.edge.server.endLate(hop)
        #expect(isConnecting == true)
        #expect(try await edge.send(MessageTests.text("Again")) == .success(Taken()))
        try await eventually("no connection to be left over") {
            await edge.edge.server.connections.values.count { $0.hop == hop } == 1
        }
        await edge.stop()
    }

    @Test("All that fails over at once is counted, and a part of it is logged")
    func failsOver() async throws {
        let (silent, good) = (Phone(), Phone())
        silent.answer { _ in nil }
        let log = LogCollector()
        let routes = [try await Self.route(silent, 1), try await Self.route(good, 2)]
        let edge = try await TestEdge(routes: routes, log: log)
        let record = try #require(edge.record)
        let count = 400
        for number in 0..<count {
            let message = NeutralMessage(
                id: MessageID("m\(number)"),
                from: address("juliet@xmpp.test"),
                to: address("romeo@sip.test"),
                content: MessageTests.text("\(number)")
            )
            let isSent = try await edge.xmpp.send(message, to: record) != nil
            #expect(isSent)
        }
        try await eventually("all to be with the first") { silent.requests.count == count }
        try await silent.stopListening()
        try await silent.dropConnections()
        try await eventually("all to be with the second") { good.requests.count == count }
        #expect(edge.edge.server.metrics.failedOver.value >= UInt64(count))
        let lines = log.lines.filter { $0.contains("Next hop failed; trying the next route") }
        // A hundred at once, and ten a second while it lasts.
        #expect(lines.count >= 100 && lines.count < count - 100)
        await edge.stop()
    }

    @Test("A record that policy-service cannot keep does not keep the others back")
    func refusedRecord() async throws {
        let phone = Phone()
        phone.answer { $0.response(Status(202), tag: "phone") }
        let edge = try await TestEdge(routes: [try await Self.route(phone)])
        edge.control.refuseRecords(of: address("juliet@xmpp.test"))
        let wish = NeutralMessage.Content.subscriptionRequest(SubscriptionRequest(action: .subscribe))
        let others = (1...20).map { "contact\($0)@xmpp.test" }
        for contact in ["juliet@xmpp.test"] + others {
            #expect(try await edge.send(wish, from: contact) == .success(Taken()))
        }
        try await eventually("all others to be on record") {
            Set(edge.control.records.map(\.watcher)) == Set(others.map { address($0) })
        }
        await edge.stop()
    }
}

extension SIPServer {
    /// Loses the connection to `hop`, begins the next one, and only then hears that the first is closed; whether the attempt goes on.
    fileprivate func endLate(_ hop: NextHop) -> Bool? {
        guard case .open(let id)? = self.hops[hop]?.link, let connection = self.connections[id] else { return nil }
        self.lost(hop, id, "of the test")
        let uri = SIPURI(user: nil, host: "127.0.0.1")
        var headers = Headers()
        headers.append(.maxForwards, "70")
        headers.append(.from, "<\(uri)>;tag=\(self.newTag())")
        headers.append(.to, "<\(uri)>")
        headers.append(.callID, self.uniqueName())
        headers.append(.cSeq, "1 OPTIONS")
        var transaction = ClientTransaction(Request(.options, uri: uri, headers: headers), .probe)
        transaction.hop = hop
        self.start(transaction)
        self.closed(connection)
        connection.close(on: self.loop)
        return self.hops[hop]?.isConnecting
    }
}
