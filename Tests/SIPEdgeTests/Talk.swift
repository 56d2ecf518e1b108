import Messaging
import SIPCore
import TestSupport
import Testing

/// A SIP user's side of a session: what Lync, or LCS, sends and answers.
enum Talk {
    static let offer = """
        v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\ns=session\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=message 5060 sip null\r
        a=accept-types:text/plain multipart/alternative image/gif text/rtf\r\n
        """
    static let gruu = "sip:romeo@sip.test;opaque=user:epid:AbC-dEf_gAA;gruu"
    static let recordRoute =
        "<sip:fe.sip.test:5061;transport=tls;ms-fe=fe01.sip.test;opaque=state:Ci.R1;lr;ms-route-sig=aaBBcc>;ms-rrsig=xxYY;tag=77"

    /// An INVITE as a client of Lync sends it.
    static func invite(
        number: Int = 1,
        first: String? = nil,
        epid: String = "48a4a25bb1",
        _ change: (inout Request) -> Void = { _ in }
    ) throws -> Request {
        try request(.invite, number: number) { request in
            request.headers[.from] = "\"Romeo\" <sip:romeo@sip.test>;tag=romeo\(number);epid=\(epid)"
            request.headers.append(.contact, "<\(self.gruu)>")
            request.headers.append(.recordRoute, self.recordRoute)
            request.headers.append(.userAgent, "UCCAPI/16.0.4266.1001 OC/16.0.4266.1001 (Skype for Business)")
            request.headers.append(.contentType, "application/sdp")
            if let first {
                request.headers.append(HeaderName("ms-text-format"), "text/plain; charset=UTF-8; ms-body=\(first)")
            }
            request.body = Array(self.offer.utf8)
            change(&request)
        }
    }

    /// The next request in the dialog that `response` has made of `invite`.
    static func next(
        _ method: Method,
        _ number: Int,
        after invite: Request,
        _ response: Response,
        _ change: (inout Request) -> Void = { _ in }
    ) throws -> Request {
        var headers = Headers()
        headers.append(.via, "SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bKnext\(method.name)\(number)")
        headers.append(.maxForwards, "70")
        headers.append(.from, try #require(invite.headers[.from]))
        headers.append(.to, try #require(response.headers[.to]))
        headers.append(.callID, try #require(invite.headers.callID))
        headers.append(.cSeq, "\(number) \(method.name)")
        var request = Request(method, target: .sip(try #require(response.headers.contact?.sipURI)), headers: headers)
        change(&request)
        return request
    }

    static func text(
        _ text: String,
        _ number: Int,
        after invite: Request,
        _ response: Response
    ) throws -> Request {
        try self.next(.message, number, after: invite, response) {
            $0.headers.append(.contentType, "text/plain; charset=UTF-8;msgr=WAAtAE0A")
            $0.body = Array(text.utf8)
        }
    }

    /// A 2xx to an INVITE of the gateway.
    static func accept(_ invite: Request, tag: String = "phone", tookFirst: Bool = false) -> Response {
        var response = invite.response(Status(200), tag: tag)
        response.headers.append(.contact, "<\(self.gruu)>")
        if tookFirst { response.headers.append(.supported, "ms-text-format") }
        response.headers.append(.contentType, "application/sdp")
        response.body = Array(self.offer.replacing("sip null", with: "sip sip:romeo@sip.test").utf8)
        return response
    }

    /// What a phone answers that takes sessions.
    static func answer(tookFirst: Bool = false) -> Phone.Answer {
        { $0.method == .invite ? self.accept($0, tookFirst: tookFirst) : $0.response(Status(200), tag: "phone") }
    }

    /// A body of `ms-body`, in base64.
    static let hello = "SGVsbG8gQm9i"  // Hello Bob
}

extension Phone {
    func requests(_ method: Method) -> [Request] { self.requests.filter { $0.method == method } }

    func final(_ method: Method, _ number: UInt32? = nil) -> Response? {
        self.responses.first {
            $0.isFinal && $0.headers.cSeq?.method == method && (number == nil || $0.headers.cSeq?.number == number)
        }
    }
}
