import Testing

@testable import DNS

@Suite("TSIG keys")
struct UpdateKeyTests {
    static let readable = [
        "key \"Isthmus\" {\n\talgorithm hmac-sha256;\n\tsecret \"c2VjcmV0\";\n};\n",
        "key isthmus. { secret \"c2VjcmV0\"; algorithm HMAC-SHA256; };",
        "hmac-sha256:isthmus:c2VjcmV0\n",
    ]

    @Test("A key is read in the forms of tsig-keygen and nsupdate", arguments: readable)
    func reads(_ text: String) throws {
        let key = try #require(UpdateKey(contents: text))
        #expect(key.name == "isthmus" && key.algorithm == .hmacSHA256 && key.secret == "c2VjcmV0")
        #expect(!"\(key) \(String(reflecting: key))".contains("c2VjcmV0"))
    }

    @Test(
        "Anything else is no key",
        arguments: [
            "", "c2VjcmV0", "hmac-md5:a:c2VjcmV0", "hmac-sha256:a:sec ret", "hmac-sha256::c2VjcmV0", "key a { };",
        ]
    )
    func refuses(_ text: String) {
        #expect(UpdateKey(contents: text) == nil)
    }
}
