import SIPCore
import Testing

@Suite("Session descriptions, offers and answers", .tags(.sip))
struct SessionDescriptionTests {
    static let lync = """
        v=0\r\no=- 0 0 IN IP4 10.0.0.1\r\ns=session\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=message 5060 sip null\r
        a=accept-types:text/plain multipart/alternative image/gif text/rtf application/x-ms-ink\r\n
        """

    @Test("The description of a Lync client is read, and what we write is read back")
    func reading() throws {
        let lync = try #require(SessionDescription(parsing: Array(Self.lync.utf8)))
        #expect(lync.address == "10.0.0.1")
        #expect(
            lync.media == [
                .init(
                    kind: "message",
                    port: 5060,
                    transport: "sip",
                    formats: ["null"],
                    acceptTypes: [
                        "text/plain", "multipart/alternative", "image/gif", "text/rtf", "application/x-ms-ink",
                    ]
                )
            ]
        )
        for media in SessionOffer.Media.allCases {
            let ours = SessionOffer.offer(media, address: "2001:db8::1", port: 5061)
            #expect(SessionDescription(parsing: ours.bytes) == ours)
            #expect(String(decoding: ours.bytes, as: UTF8.self).contains("c=IN IP6 2001:db8::1\r\n"))
        }
    }

    static let malformed: [String] = [
        "", "m=message 5060 sip null", "v=1\r\n", "v=0\r\nm=message\r\n", "v=0\r\nm=message x sip null\r\n",
        "v=0\r\nm=message 70000 sip null\r\n", "v=0\r\nnonsense\r\n", "v=0\r\nm =message 1 sip null\r\n",
        "v=0\r\n" + String(repeating: "m=audio 1 RTP/AVP 0\r\n", count: 17),
        "v=0\r\n" + String(repeating: "a=x\r\n", count: 600),
        "v=0\r\nm=audio 1 RTP/AVP" + String(repeating: " 0", count: 80) + "\r\n",
    ]

    @Test("What is no description, or holds more than anybody needs, is refused", arguments: malformed)
    func refused(_ text: String) { #expect(SessionDescription(parsing: Array(text.utf8)) == nil) }

    @Test("Bytes that are no text are no description")
    func bytes() { #expect(SessionDescription(parsing: Array("v=0\r\ns=".utf8) + [0xFF, 0xFE]) == nil) }

    @Test("Of several media the messages are taken, all others have port 0 in the answer (RFC 3264 §6)")
    func answer() throws {
        let text = "v=0\r\nm=audio 5004 RTP/AVP 0 8\r\nm=x-ms-message 5060 sip null\r\nm=message 5060 sip null\r\n"
        let offer = try #require(SessionDescription(parsing: Array(text.utf8)))
        let accepted = try SessionOffer.accept(offer, address: "192.0.2.1", port: 5060, contact: "sip:gw")
        #expect(accepted.media == .xMSMessage)
        #expect(accepted.answer.media.map(\.kind) == ["audio", "x-ms-message", "message"])
        #expect(accepted.answer.media.map(\.port) == [0, 5060, 0])
        #expect(accepted.answer.media[0].formats == ["0", "8"])
        #expect(!accepted.takesIsComposing)
        let written = String(decoding: accepted.answer.bytes, as: UTF8.self)
        #expect(written.contains("m=x-ms-message 5060 sip sip:gw\r\n"))
    }

    static let objections: [(String, Int)] = [
        ("m=audio 5004 RTP/AVP 0", 304), ("m=message 0 sip null", 304), ("m=message 1 TCP/MSRP *", 302),
        ("m=message 1 sip null\r\na=accept-types:image/gif text/x-other", 305), ("", 304),
    ]

    @Test("An offer without text over SIP is refused with the warning that says why", arguments: objections)
    func objection(_ lines: String, _ warning: Int) throws {
        let offer = try #require(SessionDescription(parsing: Array("v=0\r\n\(lines)\r\n".utf8)))
        #expect {
            try SessionOffer.accept(offer, address: "a", port: 1, contact: "c")
        } throws: { error in
            (error as? SessionOffer.Objection)?.warning == warning
        }
    }

    @Test("RFC 4028: who refreshes, and when it is too short")
    func sessionTimer() {
        func headers(_ fields: [(HeaderName, String)]) -> Headers {
            Headers(fields.map { Headers.Field($0.0, $0.1) })
        }
        let both = headers([(.supported, "timer"), (.sessionExpires, "1800")])
        #expect(SessionTimer(answering: both) == SessionTimer(seconds: 1800, isOurs: false))
        #expect(SessionTimer(answering: both)?.answer == "1800;refresher=uac")
        let proxy = headers([(.sessionExpires, "1800")])
        #expect(SessionTimer(answering: proxy) == SessionTimer(seconds: 1800, isOurs: true))
        let wish = headers([(.supported, "timer"), (HeaderName("x"), "600;refresher=uas")])
        #expect(SessionTimer(answering: wish) == SessionTimer(seconds: 600, isOurs: true))
        #expect(SessionTimer(answering: headers([])) == nil)
        #expect(SessionTimer(answeredBy: headers([(.sessionExpires, "600;refresher=uas")]))?.isOurs == false)
        #expect(headers([(.supported, "timer"), (.sessionExpires, "89")]).asksForTooShortSession)
        #expect(!headers([(.supported, "timer"), (.sessionExpires, "90")]).asksForTooShortSession)
        #expect(!headers([(.sessionExpires, "30")]).asksForTooShortSession)
    }
}
