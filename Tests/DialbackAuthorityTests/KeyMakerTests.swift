import Testing
import Wire

@testable import DialbackAuthority

@Suite("Dialback keys")
struct KeyMakerTests {
    private let maker = KeyMaker(current: Array("s3cr3tf0rd14lb4ck".utf8), previous: nil)

    private func verify(_ maker: KeyMaker, _ key: String, streamID: String = "D60000229F") throws -> Bool {
        try maker.isValid(
            DialbackVerifyRequest(
                receiving: "xmpp.example.com",
                originating: "example.org",
                streamID: streamID,
                key: key
            )
        )
    }

    private func key(_ maker: KeyMaker) throws -> String {
        try maker.key(
            for: DialbackKeyRequest(receiving: "xmpp.example.com", originating: "example.org", streamID: "D60000229F")
        )
    }

    @Test("The example of XEP-0185 comes out")
    func example() throws {
        let key = try self.key(self.maker)
        #expect(key == "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643")
        #expect(try self.verify(self.maker, key))
    }

    @Test(
        "Another key, another stream, or a part of the key is not valid",
        arguments: [
            ("37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643", "other"),
            ("37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b8932307564", "D60000229F"),
            ("37C69B1CF07A3F67C04A5EF5902FA5114F2C76FE4A2686482BA5B89323075643", "D60000229F"),
            ("", "D60000229F"),
        ]
    )
    func invalid(key: String, streamID: String) throws {
        #expect(try !self.verify(self.maker, key, streamID: streamID))
    }

    @Test("While a secret is replaced, keys of both are valid, and new ones are made with the new one")
    func overlap() throws {
        let old = KeyMaker(current: Array("the old secret of all".utf8), previous: nil)
        let both = KeyMaker(current: Array("the new secret of all".utf8), previous: Array("the old secret of all".utf8))
        let new = KeyMaker(current: Array("the new secret of all".utf8), previous: nil)
        #expect(try self.verify(both, self.key(old)))
        #expect(try self.verify(both, self.key(new)))
        #expect(try self.key(both) == self.key(new))
        #expect(try !self.verify(new, self.key(old)))
    }

    @Test(
        "Input that could be read in two ways is refused",
        arguments: [
            (DialbackKeyRequest(receiving: "a b", originating: "c", streamID: "1"), KeyMaker.Mistake.space),
            (DialbackKeyRequest(receiving: "a", originating: "b", streamID: "c 1"), .space),
            (DialbackKeyRequest(receiving: "", originating: "b", streamID: "1"), .emptyPart),
            (DialbackKeyRequest(receiving: "a", originating: "b", streamID: ""), .emptyPart),
            (
                DialbackKeyRequest(receiving: String(repeating: "a", count: 1024), originating: "b", streamID: "1"),
                .tooLong
            ),
        ]
    )
    func ambiguous(request: DialbackKeyRequest, mistake: KeyMaker.Mistake) {
        #expect(throws: mistake) { try self.maker.key(for: request) }
    }
}
