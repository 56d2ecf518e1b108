import Messaging
import Policy
import SIPCore
import TestSupport
import Testing

@testable import SIPEdge

@Suite("Who may say what to sip-edge (SPEC §5)", .tags(.sip), .serialized)
struct AdmissionTests {
    /// What a request of a phone is answered with, and why.
    private func answer(
        _ request: Request,
        from address: String = "127.0.0.1",
        at edge: TestEdge
    ) async throws -> (response: Response, refusal: RefusalRecord?) {
        let phone = Phone(address)
        try await phone.connect(to: await edge.port())
        try await phone.send(request)
        let response = try await eventually("an answer") { phone.responses.first }
        try await phone.hangUp()
        guard response.status.code == 403 else { return (response, nil) }
        let refusal = try await eventually("a record") { edge.control.refusals.last }
        return (response, refusal)
    }

    @Test("A host that is not listed gets 403, and nothing is relayed")
    func unlisted() async throws {
        let edge = try await TestEdge()
        let methods: [Method] = [
            .message, .subscribe, .options, .invite, .notify, .info, .bye, .cancel, .refer, .update, .prack, .publish,
            .register, .service,
            .other("DANCE"),
        ]
        for method in methods {
            let (response, refusal) = try await self.answer(try request(method), from: "127.0.0.2", at: edge)
            #expect(response.status.code == 403)
            #expect(refusal?.reason == .hostNotAuthorized)
            #expect(refusal?.peer == "127.0.0.2")
            #expect(refusal?.rule == "hosts: 127.0.0.2 is none of them")
            #expect(refusal?.direction == .inbound && refusal?.step == .stanza && (refusal?.peerPort ?? 0) > 0)
            #expect(refusal?.messageID != nil)
        }
        #expect(edge.xmpp.received.values.isEmpty)
        await edge.stop()
    }

    @Test("outbound-only: its requests are refused")
    func outboundOnly() async throws {
        let edge = try await TestEdge(hosts: [HostAuthorization(host: "127.0.0.1", outboundOnly: true)])
        let (response, refusal) = try await self.answer(try request(.message), at: edge)
        #expect(response.status.code == 403)
        #expect(refusal?.reason == .hostOutboundOnly)
        await edge.stop()
    }

    @Test("From must be of a domain of ours")
    func foreignFrom() async throws {
        let edge = try await TestEdge()
        let (response, refusal) = try await self.answer(try request(.message, from: "mallory@evil.test"), at: edge)
        #expect(response.status.code == 403)
        #expect(refusal?.reason == .fromNotBoundToPeer)
        await edge.stop()
    }

    @Test("treat-as-authenticated off: what is not proven is refused")
    func unproven() async throws {
        let edge = try await TestEdge(hosts: [HostAuthorization(host: "127.0.0.1", treatAsAuthenticated: false)])
        let (response, refusal) = try await self.answer(try request(.message), at: edge)
        #expect(response.status.code == 403)
        #expect(refusal?.reason == .fromNotBoundToPeer)
        await edge.stop()
    }

    @Test("throttle-as-server off: a client's limits apply, and the answer says when to come again")
    func throttled() async throws {
        let edge = try await TestEdge(
            hosts: [HostAuthorization(host: "127.0.0.1", throttleAsServer: false)],
            settings: ["limits.client-rate": "5"]
        )
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(try (1...40).flatMap { MessageWriter.bytes(of: try request(.options, number: $0)) })
        try await eventually("all are answered") { phone.responses.count == 40 }
        let refused = phone.responses.filter { $0.status.code == 503 }
        #expect(!refused.isEmpty && refused.count < 40)
        #expect(refused.allSatisfy { $0.headers[.retryAfter] != nil })
        await edge.stop()
    }

    @Test("The partner's rules hold at the moment of acting")
    func partnerDisabled() async throws {
        let edge = try await TestEdge()
        var partner = Partner(domain: "xmpp.test", kind: .federated)
        partner.isEnabled = false
        edge.control.change(.partner(partner))
        try await eventually("the change has arrived") {
            await edge.edge.server.policy.partner(ofDomain: "xmpp.test")?.isEnabled == false
        }
        let (response, refusal) = try await self.answer(try request(.message), at: edge)
        #expect(response.status.code == 403)
        #expect(refusal?.reason == .partnerDisabled)
        #expect(refusal?.rule == "partner \(refusal?.partner ?? "none"): enabled=false")
        await edge.stop()
    }

    @Test("A contact of an unverified partner may write only to who has added it")
    func unverifiedPartner() async throws {
        let phone = Phone()
        let route = try await phone.route()
        let edge = try await TestEdge(partner: Partner(domain: "xmpp.test"), routes: [route])
        guard case .failure(let failure) = try await edge.send(MessageTests.text("Hi")) else {
            return #expect(Bool(false), "taken")
        }
        #expect(failure.reason == .contactNotApproved)
        let watcher = Phone()
        try await watcher.connect(to: await edge.port())
        try await watcher.send(try request(.subscribe))
        try await eventually("NOTIFY") { watcher.requests.contains { $0.method == .notify } }
        #expect(try await edge.send(MessageTests.text("Hi")).isSuccess)
        await edge.stop()
    }

    static let requests: [(String, Method, Int, @Sendable (inout Request) -> Void)] = [
        ("OPTIONS", .options, 200, { _ in }),
        ("REGISTER", .register, 405, { _ in }),
        ("PUBLISH", .publish, 405, { _ in }),
        ("INVITE without Contact", .invite, 400, { _ in }),
        ("INFO outside a session", .info, 405, { _ in }),
        ("BYE of a session that is not ours", .bye, 481, { $0.headers[.to] = "<sip:juliet@xmpp.test>;tag=gone" }),
        (
            "INVITE with an offer of nothing", .invite, 488,
            {
                $0.headers.append(.contentType, "application/sdp")
                $0.body = Array("v=0\r\n".utf8)
            }
        ),
        ("an unknown method", .other("DANCE"), 501, { _ in }),
        ("CANCEL of nothing", .cancel, 481, { _ in }),
        ("no hops left", .message, 483, { $0.headers[.maxForwards] = "0" }),
        ("no hops left to ourselves", .options, 200, { $0.headers[.maxForwards] = "0" }),
        ("an extension we do not have", .message, 420, { $0.headers.append(.require, "eventlist") }),
        ("our own Via", .message, 482, { $0.headers.append(.via, "SIP/2.0/TCP a;branch=z9hG4bKisthmus.x.1") }),
        ("our own marker", .message, 482, { $0.headers.append(HeaderName("Isthmus-Loop"), "127.0.0.1") }),
        ("a URI that is not SIP's", .message, 416, { $0.target = .other("tel:+441234567") }),
        ("a body of a type we do not know", .message, 415, { $0.headers[.contentType] = "image/png" }),
        ("a text that is not UTF-8", .message, 488, { $0.body = [0xFF, 0xFE, 0xFD] }),
        ("another event", .subscribe, 489, { $0.headers[.event] = "dialog" }),
        ("no event", .subscribe, 489, { $0.headers[.event] = nil }),
        ("a subscription of ten seconds", .subscribe, 423, { $0.headers.append(.expires, "10") }),
        ("a watcher who reads no PIDF", .subscribe, 406, { $0.headers.append(.accept, "text/plain") }),
        ("a dialog that is not ours", .subscribe, 481, { $0.headers[.to] = "<sip:juliet@xmpp.test>;tag=gone" }),
        ("NOTIFY for nothing", .notify, 481, { $0.headers.append(.subscriptionState, "active") }),
        ("a domain that is nobody's partner", .message, 403, { $0.target = .other("im:juliet@elsewhere.test") }),
    ]

    @Test("What is not served is answered with SIP's own word for it")
    func answers() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        for (number, (what, method, status, change)) in Self.requests.enumerated() {
            try await phone.send(try request(method, number: number + 1, change))
            let response = try await eventually("an answer to \(what)") {
                phone.responses.first { $0.headers.callID == "call-\(number + 1)" }
            }
            #expect(response.status.code == status, "\(what)")
            if [405, 501].contains(status) {
                #expect(response.headers[.allow]?.contains("MESSAGE") ?? false, "\(what)")
            }
            if status == 420 { #expect(response.headers[.unsupported] == "eventlist") }
            if status == 423 { #expect(response.headers[.minExpires] != nil) }
            if status == 489 { #expect(response.headers[.allowEvents] == "presence") }
        }
        #expect(edge.xmpp.received.values.isEmpty)
        // An ACK is never answered.
        let count = phone.responses.count
        try await phone.send(try request(.ack, number: 900))
        try await phone.send(try request(.options, number: 901))
        try await eventually("the next answer") { phone.responses.count > count }
        #expect(phone.responses.last?.headers.callID == "call-901")
        await edge.stop()
    }

    @Test("Malformed requests are answered 400 and leave the connection; a lost frame closes it")
    func malformed() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        var text = String(decoding: MessageWriter.bytes(of: try request(.message)), as: UTF8.self)
        try await phone.send(Array(text.replacing("Max-Forwards: 70", with: "Max-Forwards: x").utf8))
        try await eventually("400") { phone.responses.first?.status.code == 400 }
        try await phone.send(try request(.options, number: 2))
        try await eventually("the connection lives") { phone.responses.count == 2 }

        text = text.replacing("Content-Length: 5", with: "Content-Length: 4294967296")
        try await phone.send(Array(text.utf8) + MessageWriter.bytes(of: try request(.message, number: 3)))
        try await eventually("closed") { phone.closedConnections == 1 }
        #expect(phone.responses.last?.status.code == 413)
        #expect(edge.xmpp.received.values.isEmpty, "the smuggled request never surfaces")
        await edge.stop()
    }
}

extension Result {
    var isSuccess: Bool { if case .success = self { true } else { false } }
}
