import SIPCore
import Testing

@Suite("Dialogs of INVITE (RFC 3261 §12)", .tags(.sip))
struct InviteDialogTests {
    static let gruu = "sip:alice@example.com;opaque=user:epid:AbC-dEf_gAA;gruu"
    static let signed =
        "<sip:fe.example.com:5061;transport=tls;ms-fe=fe01.example.com;opaque=state:Ci.R4;lr;ms-route-sig=aaBB=>;ms-rrsig=xx;tag=1"

    static func invite(_ routes: [String]) -> Request {
        var headers = Headers()
        headers.append(.from, "\"Alice\" <sip:alice@example.com>;tag=753cf74dcb;epid=48a4a25bb1")
        headers.append(.to, "<sip:bob@gw.example.com>;epid=0647bd7908")
        headers.append(.callID, "c")
        headers.append(.cSeq, "7 INVITE")
        headers.append(.contact, "<\(self.gruu)>")
        for route in routes { headers.append(.recordRoute, route) }
        return Request(.invite, target: .other("x"), headers: headers)
    }

    @Test("Routes go back as they came, signatures and all; GRUU and epid too")
    func echo() throws {
        var dialog = try #require(Dialog(answering: Self.invite([Self.signed, "<sip:edge;lr>"]), localTag: "t"))
        let request = dialog.request(.message)
        #expect(request.target.description == Self.gruu)
        #expect(request.headers.all(.route) == [Self.signed, "<sip:edge;lr>"])
        #expect(request.headers[.to] == "\"Alice\" <sip:alice@example.com>;tag=753cf74dcb;epid=48a4a25bb1")
        #expect(request.headers[.from] == "<sip:bob@gw.example.com>;tag=t;epid=0647bd7908")
        #expect(request.headers.cSeq == CSeq(1, .message))
        #expect(dialog.request(.bye).headers.cSeq == CSeq(2, .bye))
    }

    @Test("A strict router gets itself in the Request-URI, and the peer at the end of the routes (§12.2.1.1)")
    func strictRouter() throws {
        var dialog = try #require(
            Dialog(answering: Self.invite(["<sip:strict@p1;method=INVITE>", "<sip:p2;lr>"]), localTag: "t")
        )
        let request = dialog.request(.bye)
        #expect(request.target.description == "sip:strict@p1")
        #expect(dialog.nextHop?.host == "p1", "where it is sent: not to the second router, which is in the Route")
        #expect(request.headers.all(.route) == ["<sip:p2;lr>", "<\(Self.gruu)>"])
    }

    @Test("Our dialog takes its routes from the 2xx in reverse, and what the peer says of itself")
    func ours() throws {
        let bob = try SIPURI(parsing: "sip:bob@example.com")
        var dialog = Dialog(
            callID: "c",
            local: try SIPURI(parsing: "sip:alice@xmpp.test"),
            localTag: "a",
            remote: bob
        )
        let invite = dialog.request(.invite)
        #expect(invite.headers[.to] == "<sip:bob@example.com>")
        var response = invite.response(Status(200), tag: "b")
        response.headers[.to] = "<sip:bob@example.com>;tag=b;epid=123"
        response.headers.append(.recordRoute, "<sip:p2;lr>, <sip:p1;lr>")
        response.headers.append(.contact, "<sip:bob@10.0.0.1:5060>")
        dialog.established(by: response.headers, remoteTag: "b", isResponse: true)
        let ack = dialog.acknowledgement(of: 1)
        #expect(ack.headers.cSeq == CSeq(1, .ack))
        #expect(ack.headers.all(.route) == ["<sip:p1;lr>", "<sip:p2;lr>"])
        #expect(ack.target.description == "sip:bob@10.0.0.1:5060")
        #expect(ack.headers[.to] == "<sip:bob@example.com>;tag=b;epid=123")
        #expect(dialog.request(.message).headers.cSeq == CSeq(2, .message), "an ACK takes no number")
    }

    @Test("What is older than what was heard is refused (§12.2.2)")
    func sequence() throws {
        var dialog = try #require(Dialog(answering: Self.invite([]), localTag: "t"))
        func request(_ number: UInt32) -> Request {
            Request(.message, target: .other("x"), headers: Headers([.init(.cSeq, "\(number) MESSAGE")]))
        }
        let accepted = [7, 8, 8, 20].map { dialog.accepts(request($0)) }
        #expect(accepted == [false, true, false, true])
    }
}
