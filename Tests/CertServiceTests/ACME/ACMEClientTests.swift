import Foundation
import TestSupport
import Testing

@testable import CertService
@testable import TLS

@Suite("What goes to an ACME CA, and how its answers are read")
struct ACMEClientTests {
    @Test(
        "A signature is one that openssl takes, over the header and the payload",
        arguments: [(.ecdsaP256, "ES256", 64), (.ecdsaP384, "ES384", 96), (.rsa2048, "RS256", 256)]
            as [(KeyKind, String, Int)]
    )
    func signature(_ kind: KeyKind, _ algorithm: String, _ length: Int) async throws {
        let scratch = try Scratch("jws")
        let private_ = try PrivateKey(generating: kind)
        let body = try AccountKey(private_).sign(
            #"{"a":1}"#,
            to: "https://ca.test/x",
            nonce: "n",
            by: .account("https://ca.test/acct/1")
        )
        let members = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: String])
        let header = try #require(Base64URL.decode(members["protected"] ?? ""))
        let read = try #require(try JSONSerialization.jsonObject(with: Data(header)) as? [String: String])
        #expect(read == ["alg": algorithm, "nonce": "n", "url": "https://ca.test/x", "kid": "https://ca.test/acct/1"])
        #expect(Base64URL.decode(members["payload"] ?? "") == Array(#"{"a":1}"#.utf8))
        let signature = try #require(Base64URL.decode(members["signature"] ?? ""))
        #expect(signature.count == length)

        // openssl takes the two numbers of a curve as a sequence.
        func number(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
            var digits = Array(bytes.drop { $0 == 0 })
            if digits.first.map({ $0 > 127 }) ?? true { digits.insert(0, at: 0) }
            return [2, UInt8(digits.count)] + digits
        }
        let sequence = number(signature[..<(length / 2)]) + number(signature[(length / 2)...])
        let encoded = kind == .rsa2048 ? signature : [0x30, UInt8(truncatingIfNeeded: sequence.count)] + sequence
        try Data(encoded).write(to: scratch.file("signature"))
        try scratch.write("\(members["protected"] ?? "").\(members["payload"] ?? "")", to: "signed")
        try Data(private_.pem()).write(to: scratch.file("key.pem"))
        let check = try await ChildProcess.run(
            "/usr/bin/openssl",
            ["dgst", algorithm == "ES384" ? "-sha384" : "-sha256", "-prverify", scratch.file("key.pem").path]
                + ["-signature", scratch.file("signature").path, scratch.file("signed").path]
        )
        #expect(check.output.contains("Verified OK"))
    }

    @Test("Base64 for addresses goes there and back", arguments: 0..<9)
    func base64(_ count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 251 &+ $0 &* 47) }
        let text = Base64URL.encode(bytes)
        #expect(!text.contains("=") && Base64URL.decode(text) == bytes)
        #expect(Base64URL.decode("a+b") == nil && Base64URL.decode("a") == nil)
    }

    static let addresses: [(String, HTTPSAddress?)] = [
        ("https://ca.test/dir?x=1#y", HTTPSAddress("https://ca.test:443/dir?x=1")), ("http://ca.test/", nil),
        ("https://", nil), ("https://user@ca.test/", nil), ("https://ca.test:0/", nil), ("https://ca.test/\r\nx", nil),
    ]

    @Test("Only whole addresses of HTTPS are asked", arguments: addresses)
    func address(_ text: String, _ address: HTTPSAddress?) {
        #expect(HTTPSAddress(text) == address)
    }

    @Test("Hosts, ports and paths are told apart")
    func parts() throws {
        let address = try #require(HTTPSAddress("https://[::1]:8443"))
        #expect(address.host == "::1" && address.port == 8443 && address.path == "/")
        #expect(address.authority == "[::1]:8443")
    }

    static let answers: [(HTTPSClient.Answer, ACMEProblem)] = [
        (
            HTTPSClient.Answer(
                status: 403,
                headers: ["retry-after": "120"],
                body: Array(
                    #"{"type":"urn:ietf:params:acme:error:rejectedIdentifier","detail":"No.\u0007","subproblems":[{"type":"x","detail":"blocked","identifier":{"type":"dns","value":"a.test"}}]}"#
                        .utf8
                )
            ), ACMEProblem("rejectedIdentifier", "No. ; a.test: blocked", retryAfter: 120)
        ),
        (
            HTTPSClient.Answer(status: 502, headers: [:], body: []),
            ACMEProblem("serverInternal", "The CA answered 502.")
        ),
        (HTTPSClient.Answer(status: 429, headers: [:], body: []), ACMEProblem("rateLimited", "The CA answered 429.")),
        (HTTPSClient.Answer(status: 404, headers: [:], body: [60]), ACMEProblem("malformed", "The CA answered 404.")),
    ]

    @Test("A problem is read with all its parts, without what upsets a terminal", arguments: answers)
    func problems(_ answer: HTTPSClient.Answer, _ problem: ACMEProblem) {
        #expect(answer.problem == problem)
    }

    @Test("Retry-After may be a date")
    func retryDate() {
        let answer = HTTPSClient.Answer(
            status: 503,
            headers: ["retry-after": "Fri, 31 Dec 2049 23:59:59 GMT"],
            body: []
        )
        #expect((answer.retryAfter ?? 0) > 86_400)
    }

    @Test("A token that could be a path or markup makes no challenge")
    func token() throws {
        let body =
            #"{"identifier":{"type":"dns","value":"a.test"},"status":"pending","challenges":[{"type":"http-01","url":"u","status":"pending","token":"../x"},{"type":"dns-01","url":"u","status":"processing","token":"a_B-9"},{"type":"tls-alpn-01","url":"u","status":"pending","token":"t"}]}"#
        let answer = HTTPSClient.Answer(status: 200, headers: [:], body: Array(body.utf8))
        let read = try ACMEDocument.read(ACMEDocument.Authorization.self, answer).value(retryAfter: nil)
        #expect(read.challenges.map(\.kind) == [.dns] && read.challenges.first?.isAnswered == true)
    }
}
