import Messaging
import Policy
import Presence
import SIPCore
import TestSupport
import Testing
import Wire

@testable import SIPEdge

@Suite("Presence for Microsoft's servers", .tags(.sip), .serialized)
struct PresenceFormatTests {
    static let communicator =
        "application/msrtc-event-categories+xml, application/xpidf+xml, text/xml+msrtc.pidf, application/pidf+xml"

    /// A watcher whose contact has granted the subscription and is busy.
    private func watched(
        accept: String,
        domain: LocalDomain = LocalDomain(domain: "sip.test", xmppAccess: true),
        routes: [StaticRoute] = []
    ) async throws -> (edge: TestEdge, phone: Phone, notify: Request) {
        let edge = try await TestEdge(routes: routes, domains: [domain])
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(try request(.subscribe) { $0.headers.append(.accept, accept) })
        try await eventually("pending") { phone.requests(.notify).count == 1 }
        let instance = PresenceNotification.Instance(
            id: "balcony",
            isAvailable: true,
            show: .doNotDisturb,
            status: [LocalizedText("shh")]
        )
        _ = try await edge.send(.presence(PresenceNotification(instances: [instance], isComplete: false)))
        let notify = try await eventually("NOTIFY") { phone.requests(.notify).dropFirst().first { !$0.body.isEmpty } }
        return (edge, phone, notify)
    }

    @Test(
        "A watcher is told in the format that its servers would choose",
        arguments: [
            (communicator, PresenceFormat.msrtc), ("application/xpidf+xml", .xpidf),
            ("application/pidf+xml", .pidf),
        ]
    )
    func formats(_ accept: String, format: PresenceFormat) async throws {
        let (edge, _, notify) = try await self.watched(accept: accept)
        #expect(notify.headers.contentType?.essence == format.mediaType)
        switch format {
        case .msrtc:
            let document = try MSRTCDocument(parsing: notify.body)
            #expect(document.state == .busy && document.note == "shh" && document.uri == "juliet@xmpp.test")
        case .xpidf: #expect(try XPIDFDocument(parsing: notify.body).atoms.map(\.state) == [.busy])
        case .pidf: #expect(try PIDFDocument(parsing: notify.body).tuples.map(\.show) == [.doNotDisturb])
        }
        await edge.stop()
    }

    @Test("A route that says “rfc” gets the standard's format")
    func pinned() async throws {
        let route = StaticRoute(
            id: "r",
            domain: "sip.test",
            nextHop: "127.0.0.1",
            port: 9,
            transport: .tcp,
            dialect: .rfc
        )
        let (edge, _, notify) = try await self.watched(accept: Self.communicator, routes: [route])
        #expect(notify.headers.contentType?.essence == "application/pidf+xml")
        await edge.stop()
    }

    @Test("A second watcher that asks for it has the document in the answer, and no NOTIFY before the next change")
    func piggyback() async throws {
        let (edge, phone, _) = try await self.watched(accept: Self.communicator)
        try await phone.send(
            try request(.subscribe, number: 2) {
                $0.headers.append(.accept, Self.communicator)
                $0.headers.append(.supported, "ms-benotify, ms-piggyback-first-notify, com.microsoft.autoextend")
            }
        )
        let answer = try await eventually("200") { phone.final(.subscribe, 2) }
        #expect(answer.headers.tokens(.supported) == ["ms-piggyback-first-notify"])
        #expect(answer.headers[HeaderName("ms-piggyback-cseq")] == "1")
        #expect(answer.headers.subscriptionState?.token == "active")
        #expect(answer.headers.event?.token == "presence")
        #expect(try MSRTCDocument(parsing: answer.body).state == .busy)
        let gone = PresenceNotification(instances: [.init(id: "balcony", isAvailable: false)], isComplete: false)
        _ = try await edge.send(.presence(gone))
        let next = try await eventually("NOTIFY") { phone.requests(.notify).first { $0.headers.callID == "call-2" } }
        #expect(next.headers.cSeq?.number == 2)
        #expect(try MSRTCDocument(parsing: next.body).state == .offline)
        await edge.stop()
    }

    @Test("Cisco's table holds where the domain says so: busy is away, with the word")
    func profile() async throws {
        let phone = Phone()
        let route = try await phone.route(dialect: .lcs2005)
        let domain = LocalDomain(domain: "sip.test", xmppAccess: true, presenceProfile: .ciscoInterdomain)
        let edge = try await TestEdge(routes: [route], domains: [domain])
        _ = try await edge.send(.subscriptionRequest(SubscriptionRequest(action: .subscribe)))
        let subscribe = try await eventually("SUBSCRIBE") { phone.requests(.subscribe).first }
        #expect(
            subscribe.headers.tokens(.accept)
                == ["application/xpidf+xml", "text/xml+msrtc.pidf", "application/pidf+xml"]
        )
        let server = Phone()
        try await server.connect(to: await edge.port())
        let body =
            "<presentity uri='romeo@sip.test'><availability aggregate='300'/><activity aggregate='600'/></presentity>"
        var notify = try PresenceTests.notify(subscribe, number: 1, state: "active", body: Array(body.utf8))
        notify.headers[.contentType] = "text/xml+msrtc.pidf"
        try await server.send(notify)
        let shown = try await eventually("presence crosses") { edge.xmpp.shown.first }
        #expect(shown.instances.map(\.show) == [.away])
        #expect(shown.instances.first?.status.map(\.text) == ["Busy"])
        await edge.stop()
    }
}
