import Messaging
import Policy
import Testing

@Suite("What a peer can put into a refusal record")
struct RefusalBoundsTests {
    static let texts: [(String, limit: Int, expected: String)] = [
        ("", 10, ""),
        ("plain “text” é", 30, "plain “text” é"),
        ("a\u{1b}[31mb\nc\u{202E}d\0", 100, "a\\u{1B}[31mb\\u{A}c\\u{202E}d\\u{0}"),
        ("0123456789", 10, "0123456789"),
        ("0123456789a", 10, "0123456…"),
        ("ééééé", 8, "éé…"),
        ("ab\u{1b}cdefgh", 8, "ab…"),
    ]

    @Test("Text is bounded in bytes, and control and format characters are escaped", arguments: texts)
    func bounded(_ text: String, limit: Int, expected: String) {
        let bounded = RefusalRecord.bounded(text, limit)
        #expect(bounded == expected)
        #expect(RefusalRecord.bounded(bounded, limit) == bounded, "twice is once")
    }

    @Test("Every field of a record is bounded, whatever the peer sent; doing it twice changes nothing")
    func record() {
        let long = String(repeating: "x\u{1b}", count: 100_000)
        var record = RefusalRecord(
            time: 1,
            service: long,
            messageID: nil,
            subject: long,
            from: long,
            to: long,
            peer: long,
            reason: .malformed,
            answer: long,
            text: long
        )
        record.partner = long
        record.localDomain = long
        record.remoteDomain = long
        record.rule = long
        record.certificate = RefusalCertificate(
            subject: long,
            issuer: long,
            names: Array(repeating: long, count: 1_000),
            fingerprint: long,
            notBefore: 0,
            notAfter: 0,
            rejection: long
        )
        let bounded = record.bounded
        #expect(bounded == bounded.bounded)
        let texts =
            [
                bounded.service, bounded.subject, bounded.from, bounded.to, bounded.peer, bounded.answer, bounded.text,
                bounded.partner, bounded.localDomain, bounded.remoteDomain, bounded.rule,
            ] + [bounded.certificate].compactMap { $0 }.flatMap { [$0.subject, $0.issuer, $0.rejection] + $0.names }
        #expect(texts.allSatisfy { $0.utf8.count <= RefusalRecord.textLimit && !$0.contains("\u{1b}") })
        #expect(bounded.certificate?.names.count == RefusalRecord.certificateNameLimit)
    }
}
