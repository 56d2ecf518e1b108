import Messaging
import Policy
import SIPCore
import TestSupport
import Testing
import Wire

@testable import SIPEdge

/// Where requests in a dialog go when its connection is gone.
@Suite("RFC 3261 §12.2.1.1: the route set says where requests go", .tags(.sip), .serialized)
struct RouteSetTests {
    static let uris: [(uri: String?, isDirect: Bool, next: [String])] = [
        (nil, false, ["tcp 10.0.0.1:5060", "tls lync.sip.test:5061"]),
        ("sip:fe.sip.test;transport=tls;lr", true, ["tls fe.sip.test:0"]),
        ("sip:fe.sip.test:5062;transport=TCP;lr", true, ["tcp fe.sip.test:5062"]),
        ("sip:fe.sip.test;lr", true, ["auto fe.sip.test:0"]),
        ("sip:fe.sip.test:5062", true, ["udp fe.sip.test:5062"]),
        ("sip:192.0.2.7;transport=tcp;lr", true, ["tcp 192.0.2.7:5060"]),
        ("sip:192.0.2.7;lr", true, ["udp 192.0.2.7:5060"]),
        ("sip:[2001:db8::7]:5070;transport=tcp;lr", true, ["tcp 2001:db8::7:5070"]),
        ("sips:fe.sip.test;lr", true, ["tls fe.sip.test:0"]),
        ("sips:192.0.2.7;lr", true, ["tls 192.0.2.7:5061"]),
        // Nobody can be made our next hop by what a peer writes.
        ("sip:elsewhere.test;transport=tcp;lr", false, ["tcp 10.0.0.1:5060", "tls lync.sip.test:5061"]),
        ("sip:127.0.0.1:22;transport=tcp", false, ["tcp 10.0.0.1:5060", "tls lync.sip.test:5061"]),
        ("sip:fe.sip.test;transport=sctp;lr", false, ["tcp 10.0.0.1:5060", "tls lync.sip.test:5061"]),
        // A static route to the host knows better how it is reached.
        ("sip:LYNC.sip.test:5099;transport=tcp;lr", false, ["tls lync.sip.test:5061", "tcp 10.0.0.1:5060"]),
        // SIPS: by TLS, or not at all.
        ("sips:elsewhere.test;lr", false, ["tls lync.sip.test:5061"]),
        ("sips:10.0.0.1;lr", false, ["tls lync.sip.test:5061"]),
    ]

    @Test(
        "An authorized host that a URI names comes first, found as RFC 3263 says; then the static routes",
        arguments: uris
    )
    func selects(_ uri: String?, _ isDirect: Bool, _ next: [String]) throws {
        let hosts = ["fe.sip.test", "192.0.2.7", "2001:db8::7"].map { HostAuthorization(host: $0) }
        let snapshot = PolicySnapshot(sequence: 1, epoch: "test", hosts: hosts)
        let routes = [
            StaticRoute(id: "a", domain: "sip.test", nextHop: "10.0.0.1", port: 5060, transport: .tcp),
            StaticRoute(id: "b", domain: "sip.test", nextHop: "lync.sip.test", port: 5061, transport: .tls),
        ]
        let parsed = try uri.map { try SIPURI(parsing: $0) }
        let taken = SIPServer.routes(routes, to: address("romeo@sip.test"), by: parsed, PolicyState(snapshot))
        #expect(taken.map { "\($0.transport.rawValue) \($0.nextHop):\($0.port)" }.prefix(next.count) == next[...])
        #expect(taken.first?.id.isEmpty == isDirect)
        #expect(parsed?.scheme != .sips || taken.allSatisfy { $0.transport == .tls })
    }

    @Test(
        "A session whose connection is gone goes on by the proxy of its route set; one of a stranger's by the static route"
    )
    func connectionGone() async throws {
        let (front, phone) = (Phone("127.0.0.3"), Phone())
        let port = try await front.listen()
        let route = try await phone.route()
        let edge = try await TestEdge(
            routes: [route],
            hosts: [HostAuthorization(host: "127.0.0.1"), HostAuthorization(host: "127.0.0.3")]
        )
        for (number, host, taker) in [(1, "127.0.0.3", front), (2, "127.0.0.4", phone)] {
            let client = Phone()
            try await client.connect(to: await edge.port())
            let recordRoute = "<sip:\(host):\(port);transport=tcp;lr;ms-route-sig=aaBB>;tag=77"
            let invite = try Talk.invite(number: number, epid: "epid\(number)") {
                $0.headers[.recordRoute] = recordRoute
            }
            try await client.send(invite)
            let accepted = try await eventually("the answer") { client.final(.invite) }
            try await client.send(try Talk.next(.ack, number, after: invite, accepted))
            try await eventually("the session stands") {
                await edge.edge.server.sessions.values.contains {
                    $0.machine.isEstablished && $0.dialog.callID == "call-\(number)"
                }
            }
            try await client.hangUp()
            try await eventually("the connection is gone") {
                await edge.edge.server.connections.values.allSatisfy { $0.hop != nil }
            }
            #expect(try await edge.send(MessageTests.text("text \(number)")) == .success(Taken()))
            let message = try #require(taker.requests(.message).last)
            #expect(message.body == Array("text \(number)".utf8) && message.headers[.route] == recordRoute)
        }
        #expect(front.requests(.message).count == 1 && phone.requests(.message).count == 1)
        await edge.stop()
    }

    @Test(
        "Who asks for SIPS is never told anything in clear, and a SIPS Contact is what it is answered (RFC 3261 §26.2.2, §12.1.1)"
    )
    func sips() async throws {
        let phone = Phone()
        let route = try await phone.route()
        let edge = try await TestEdge(routes: [route])
        let client = Phone()
        try await client.connect(to: await edge.port())
        let invite = try Talk.invite {
            $0.headers[.contact] = "<sips:romeo@192.0.2.7:5061>"
            $0.headers[.recordRoute] = nil
        }
        try await client.send(invite)
        let accepted = try await eventually("the answer") { client.final(.invite) }
        #expect(accepted.headers.contact?.sipURI?.scheme == .sips)
        try await client.send(try Talk.next(.ack, 1, after: invite, accepted))
        try await eventually("the session stands") {
            await edge.edge.server.sessions.values.contains { $0.machine.isEstablished }
        }
        guard case .failure(let failure) = try await edge.send(MessageTests.text("secret")) else {
            return #expect(Bool(false), "sent in clear")
        }
        #expect(failure.reason == .noRoute && failure.text.contains("sips:"))
        #expect(client.requests(.message).isEmpty && phone.requests(.message).isEmpty)
        await edge.stop()
    }
}
