import Foundation
import Messaging
import Policy
import Testing

@testable import AdministrationClient

@Suite("isthmusctl explains a refusal")
struct RefusalExplanationTests {
    static let document: DocumentValue = [
        "number": .integer(17), "time": .text("2026-01-31T12:00:00.000Z"), "service": .text("xmpp-edge"),
        "message-id": .null, "direction": .text("inbound"), "subject": .text("stream"),
        "partner": .text("example.org"), "local-domain": .text("sip.example"),
        "remote-domain": .text("im.example.org"), "from": .text("im.example.org"), "to": .text("sip.example"),
        "peer": .text("2001:db8::1"), "peer-port": .integer(40_000),
        "certificate": [
            "subject": .text("CN=im.example.org"), "issuer": .text("CN=Example CA"),
            "names": .list([.text("DNS:im.example.org")]), "fingerprint": .text("ab12"),
            "not-before": .integer(1_690_000_000), "not-after": .integer(1_720_000_000),
            "rejection": .text("certificate has expired"),
        ],
        "step": .text("certificate"), "rule": .text("partner example.org: tls=required"),
        "reason": .text("certificate-rejected"), "answer": .text("not-authorized"),
        "text": .text("the certificate was rejected: certificate has \u{1b}[31mexpired"),
    ]

    @Test("In full words: what happened, the rule, how far it had come, the certificate, and what to do")
    func explained() {
        let expected = """
            Refusal 17, 2026-01-31T12:00:00.000Z, by xmpp-edge
            The stream from im.example.org to sip.example was refused: the certificate was rejected: certificate has [31mexpired.

              Rule that decided      partner example.org: tls=required
              Reason                 certificate-rejected
              The peer was told      not-authorized
              It had come as far as  the look at the certificate
              Partner                example.org
              Peer                   [2001:db8::1]:40000

            The peer's certificate
              For        DNS:im.example.org
              Subject    CN=im.example.org
              Issued by  CN=Example CA
              Valid      2023-07-22T04:26:40Z to 2024-07-03T09:46:40Z
              SHA-256    ab12
              Verdict    not taken: certificate has expired

            What to do
              The partner renews its certificate, or it needs a name; if its authority is not known here: isthmusctl certificate trust add FILE --use xmpp
            """
        #expect(RefusalExplanation(Self.document).text == expected)
    }

    @Test("A record of before, with little in it, is explained too")
    func old() {
        let document: DocumentValue = [
            "number": .integer(1), "time": .text("t"), "service": .text("sip-edge"), "reason": .text("loop"),
            "certificate": .null, "direction": .null,
        ]
        let text = RefusalExplanation(document).text
        #expect(text.contains("The something from somebody who gave no name"))
        #expect(text.contains("none: the other side or the network did") && text.contains("What to do"))
    }

    @Test("There is advice for every reason", arguments: RefusalReason.allCases)
    func advice(_ reason: RefusalReason) {
        #expect(RefusalAdvice.text(for: reason, partner: "", remote: "", local: "").count > 20)
    }

    static let moments: [(String, String?)] = [
        ("30m", "1970-01-01T23:30:00Z"), ("2h", "1970-01-01T22:00:00Z"), ("1d", "1970-01-01T00:00:00Z"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"), ("yesterday", "yesterday"),
    ]

    @Test("A moment is so long ago, or as it was written", arguments: moments)
    func moment(_ text: String, expected: String?) throws {
        #expect(try Moment.text(text, now: Date(timeIntervalSince1970: 86_400)) == expected)
    }
}
