import Messaging
import SIPCore
import TestSupport
import Testing

@testable import SIPEdge

/// What Microsoft's servers and clients put on the wire beside the standards, as traces show it.
@Suite("Microsoft's formats on the wire", .tags(.sip), .serialized)
struct MicrosoftFormatsTests {
    /// An INVITE of a Skype for Business client behind its front end: many Supported, compact names, fields in any order, Vias with
    /// parameters in quotes and one without branch, two texts of the first message.
    private static let invite = """
        INVITE sip:juliet@xmpp.test SIP/2.0
        CSeq: 1 INVITE
        Record-Route: <sip:fe.sip.test:5061;transport=tls;ms-fe=fe01.sip.test;opaque=state:Ci.R48a4a25bb1;lr;ms-route-sig=aaQ-_x>;ms-rrsig=aa~;tag=77AB
        v: SIP/2.0/TLS 10.0.0.7:5061;branch=z9hG4bK7AC.1;branched=FALSE;ms-internal-info="ab,c;d \\" e"
        Via: SIP/2.0/TLS 10.0.0.9:51000;branch=z9hG4bK12;ms-received-port=51000;ms-received-cid=2A00, SIP/2.0/TCP 10.1.1.1
        f: "Romeo"<sip:romeo@sip.test>;tag=753cf74dcb;epid=48a4a25bb1
        t: <sip:juliet@xmpp.test>;epid=0647bd7908
        i: d5f0c3a1
        Max-Forwards: 69
        m: <sip:romeo@sip.test;opaque=user:epid:AbC-dEf_gAA;gruu>
        User-Agent: UCCAPI/16.0.4266.1001 OC/16.0.4266.1001 (Skype for Business)
        Supported: ms-dialog-route-set-update
        ms-text-format: text/plain; charset=UTF-8; msgr=WAAtAE0A; ms-body=SGVsbG8gQm9i
        ms-im-format: text/rtf; charset=UTF-8; ms-body=e1xydGYxfQ==
        k: ms-embedded-first-message
        k: ms-delayed-accept
        Supported: ms-renders-isf
        Supported: ms-renders-mime-alternative
        Supported: timer, histinfo, ms-safe-transfer, ms-sender, ms-early-media
        Ms-Conversation-ID: AdHq0w==
        s: hello
        Roster-Manager: sip:romeo@sip.test
        EndPoints: <sip:romeo@sip.test>, <sip:juliet@xmpp.test>
        Supported: com.microsoft.rtc-multiparty, ms-conf-invite
        ms-keep-alive: UAC;hop-hop=yes
        ms-subnet: 10.0.0.0
        ms-edge-proxy-message-trust: ms-source-type=InternetUser;ms-ep-fqdn=edge.sip.test;ms-source-verified-user=verified
        P-Asserted-Identity: "Romeo"<sip:romeo@sip.test>
        history-info: <sip:juliet@xmpp.test>;index=1
        Accept-Language: en-US
        Allow: INVITE, BYE, ACK, CANCEL, INFO, MESSAGE, UPDATE, REFER, NOTIFY, BENOTIFY
        c: application/sdp
        l: 178

        v=0
        o=- 0 0 IN IP4 10.0.0.1
        s=session
        c=IN IP4 10.0.0.1
        t=0 0
        m=message 5060 sip null
        a=accept-types:text/plain multipart/alternative image/gif text/rtf application/ms-imdn+xml

        """

    private static var bytes: [UInt8] {
        let text = self.invite.replacing("\n", with: "\r\n")
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1)
        return Array("\(parts[0].replacing("l: 178", with: "l: \(parts[1].utf8.count)"))\r\n\r\n\(parts[1])".utf8)
    }

    @Test(
        "An INVITE of Skype for Business as it is on the wire: taken, and all that is a peer's own goes back unharmed"
    )
    func skypeForBusiness() async throws {
        let edge = try await TestEdge()
        let phone = Phone()
        try await phone.connect(to: await edge.port())
        try await phone.send(Self.bytes)
        let accepted = try await eventually("the answer") { phone.final(.invite) }
        #expect(accepted.status.code == 200)
        #expect(edge.xmpp.texts == ["Hello Bob"])
        #expect(accepted.headers.tokens(.supported).contains("ms-text-format"))
        let vias = accepted.headers.all(.via)
        #expect(
            vias.first
                == #"SIP/2.0/TLS 10.0.0.7:5061;branch=z9hG4bK7AC.1;branched=FALSE;ms-internal-info="ab,c;d \" e";received=127.0.0.1"#
        )
        #expect(vias.dropFirst().joined().contains("ms-received-cid=2A00, SIP/2.0/TCP 10.1.1.1"))
        #expect(accepted.headers[.recordRoute]?.hasSuffix(";ms-route-sig=aaQ-_x>;ms-rrsig=aa~;tag=77AB") == true)
        #expect(accepted.headers[.from] == #""Romeo"<sip:romeo@sip.test>;tag=753cf74dcb;epid=48a4a25bb1"#)
        #expect(accepted.headers.to?.parameter("epid")?.value == "0647bd7908")
        let id = try #require(accepted.headers.to?.tag)
        let number = try #require(accepted.headers.cSeq?.number)
        #expect(number == 1)

        guard case .request(let invite) = try StreamFramer.parse(datagram: Self.bytes) else {
            return #expect(Bool(false), "no request")
        }
        try await phone.send(try Talk.next(.ack, 1, after: invite, accepted))
        // In the dialog: the routes and the GRUU to the letter, in a request of ours.
        let session = try #require(await edge.edge.server.sessions[Dialog.ID(callID: "d5f0c3a1", localTag: id)])
        var dialog = session.dialog
        let message = dialog.request(.message)
        #expect(message.target.description == "sip:romeo@sip.test;opaque=user:epid:AbC-dEf_gAA;gruu")
        #expect(message.headers[.route]?.hasSuffix(";ms-route-sig=aaQ-_x>;ms-rrsig=aa~;tag=77AB") == true)
        await edge.stop()
    }

    static let methods: [(Method, String?, Int)] = [
        (.prack, nil, 200), (.update, nil, 200), (.refer, nil, 603), (.service, "application/SOAP+xml", 405),
        (.info, "application/csta+xml", 415), (.info, "application/xml+conversationinfo", 415), (.info, nil, 200),
        (.message, "application/x-ms-ink", 415), (.message, "text/x-msmsgsinvite; charset=UTF-8", 415),
        (.options, nil, 200),
    ]

    @Test("Each method of Microsoft's clients has its answer in a session, which goes on")
    func inSession() async throws {
        let (edge, phone, invite, accepted) = try await SessionFromSIPTests.established()
        for (index, (method, type, status)) in Self.methods.enumerated() {
            let number = index + 2
            try await phone.send(
                try Talk.next(method, number, after: invite, accepted) { request in
                    guard let type else { return }
                    request.headers.append(.contentType, type)
                    request.body = Array("<x/>".utf8)
                }
            )
            let answer = try await eventually("the answer to \(method.name)") { phone.final(method, UInt32(number)) }
            #expect(answer.status.code == status, "\(method.name) \(type ?? "")")
        }
        let last = Self.methods.count + 2
        try await phone.send(try Talk.text("still here", last, after: invite, accepted))
        #expect(try await eventually("its fate") { phone.final(.message, UInt32(last)) }.status.code == 200)
        #expect(edge.xmpp.texts == ["still here"])
        await edge.stop()
    }

    @Test("What an Edge says of trust grants nothing: a host that is not listed is refused whatever it claims")
    func trustHeader() async throws {
        let edge = try await TestEdge()
        let phone = Phone("127.0.0.2")
        try await phone.connect(to: await edge.port())
        try await phone.send(Self.bytes)
        #expect(try await eventually("the answer") { phone.final(.invite) }.status.code == 403)
        #expect(edge.xmpp.received.values.isEmpty)
        await edge.stop()
    }
}
