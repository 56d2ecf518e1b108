import SIPCore
import Testing

@Suite("Names of header fields (RFC 3261 §§ 7.3, 25.1)", .tags(.sip))
struct HeaderNameTests {
    static let names: [(HeaderName, String)] = [
        (.via, "Via"), (.from, "From"), (.to, "To"), (.callID, "Call-ID"), (.cSeq, "CSeq"), (.contact, "Contact"),
        (.maxForwards, "Max-Forwards"), (.contentType, "Content-Type"), (.contentLength, "Content-Length"),
        (.contentEncoding, "Content-Encoding"), (.contentLanguage, "Content-Language"), (.subject, "Subject"),
        (.date, "Date"), (.expires, "Expires"), (.minExpires, "Min-Expires"), (.event, "Event"),
        (.allowEvents, "Allow-Events"), (.subscriptionState, "Subscription-State"), (.accept, "Accept"),
        (.acceptEncoding, "Accept-Encoding"), (.allow, "Allow"), (.supported, "Supported"), (.require, "Require"),
        (.proxyRequire, "Proxy-Require"), (.unsupported, "Unsupported"), (.route, "Route"),
        (.recordRoute, "Record-Route"), (.retryAfter, "Retry-After"), (.warning, "Warning"), (.reason, "Reason"),
        (.server, "Server"), (.userAgent, "User-Agent"), (.referTo, "Refer-To"),
    ]

    @Test("A known name is written in its usual form, however it came", arguments: names)
    func known(_ name: HeaderName, _ text: String) {
        #expect(name.text == text)
        #expect(HeaderName(text.uppercased()) == name)
        #expect(HeaderName(text.lowercased()).text == text)
        #expect(Self.names.filter { $0.0 == name }.count == 1)
    }

    @Test("An unknown name keeps its letters and is compared without regard to case")
    func unknown() {
        #expect(HeaderName("P-Asserted-Identity") == HeaderName("p-asserted-identity"))
        #expect(HeaderName("P-Asserted-Identity") != HeaderName("P-Asserted"))
        #expect(HeaderName("x-Odd").text == "x-Odd")
        #expect(Set([HeaderName("X-A"), HeaderName("x-a"), .via, HeaderName("v")]).count == 2)
    }

    @Test("A name is made of the characters of a token, and of no others")
    func characters() throws {
        let token = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~".utf8)
        for byte in UInt8(0x21)..<0x7F where byte != UInt8(ascii: ":") {
            let header = """
                MESSAGE sip:a@example.com SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:b@example.net>;tag=1\r
                To: <sip:a@example.com>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\nX
                """
            let bytes = Array(header.utf8) + [byte] + Array(": 1\r\n\r\n".utf8)
            let message = try? StreamFramer.parse(datagram: bytes)
            #expect((message != nil) == token.contains(byte), "\(Character(UnicodeScalar(byte)))")
        }
    }

    @Test("What the parser has read of a message follows a change of its fields")
    func coreFieldsFollow() throws {
        let text = """
            MESSAGE sip:a@example.com SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1;rport, SIP/2.0/TCP g;branch=z9hG4bK0\r
            From: <sip:b@example.net>;tag=1\r\nTo: <sip:a@example.com>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\r\n
            """
        guard case .request(var request) = try StreamFramer.parse(datagram: Array(text.utf8)) else {
            Issue.record("no request")
            return
        }
        var via = try #require(request.headers.topVia)
        via.parameters.append(.init("received", "192.0.2.1"))
        request.headers.replaceTopVia(by: via)
        #expect(request.headers.topVia == via)
        #expect(
            request.headers[.via]
                == "SIP/2.0/TCP h;branch=z9hG4bK1;rport;received=192.0.2.1, SIP/2.0/TCP g;branch=z9hG4bK0"
        )
        #expect(request.headers.from?.tag == "1")
        request.headers[.from] = "<sip:c@example.net>;tag=2"
        #expect(request.headers.from?.tag == "2")
        #expect(request.headers.topVia == via)
    }
}
