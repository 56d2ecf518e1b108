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
            (DialbackKeyRequest(receiving: "a", originating: "b", streamID: "1\0"), .controlCharacter),
            (DialbackKeyRequest(receiving: "a\n", originating: "b", streamID: "1"), .controlCharacter),
            (
                DialbackKeyRequest(receiving: String(repeating: "a", count: 1024), originating: "b", streamID: "1"),
                .tooLong
            ),
        ]
    )
    func ambiguous(request: DialbackKeyRequest, mistake: KeyMaker.Mistake) {
        #expect(throws: mistake) { try self.maker.key(for: request) }
    }

    /// What crafted domains and ids are made of: suffixes of each other, and what looks like a separator.
    private static let pieces = [
        "example", "example.inform", ".example.org", "rm.example.org", "form.example.org", "org", ".", "a", "aa", "b",
        "1", "\u{A0}", "\u{2003}", "\u{3000}", "\u{200B}", "é", "e\u{301}", "%20", "+", "\\x20",
    ]

    @Test("CVE-2016-0756: no two of ten thousand crafted pairs and stream ids have the same input, nor the same key")
    func unambiguous() throws {
        var generator = SystemRandomNumberGenerator()
        func part() -> String {
            (0..<Int.random(in: 1...3, using: &generator)).map { _ in Self.pieces[Int.random(in: 0..<Self.pieces.count)]
            }
            .joined()
        }
        // By their bytes: texts that are equal by Unicode's rules are not the same domain.
        var seen: [[UInt8]: [[UInt8]]] = [:]
        var keys: [String: [[UInt8]]] = [:]
        for _ in 0..<10_000 {
            let triple = [part(), part(), part()]
            let bytes = triple.map { Array($0.utf8) }
            let input = try KeyMaker.input(triple[0], triple[1], triple[2])
            #expect(seen.updateValue(bytes, forKey: input).map { $0 == bytes } ?? true, "\(triple)")
            let request = DialbackKeyRequest(receiving: triple[0], originating: triple[1], streamID: triple[2])
            let key = try self.maker.key(for: request)
            #expect(keys.updateValue(bytes, forKey: key).map { $0 == bytes } ?? true, "\(triple)")
        }
        #expect(seen.count == keys.count)
    }

    @Test("XEP-0185 §2: names that run into each other have keys of their own")
    func suffixes() throws {
        let triples = [
            ("example.in", "form.example.org", "1"), ("example.inform", ".example.org", "1"),
            ("example.in", "form.example.org1", "1"), ("example.in", "form.example.org", "11"),
            ("form.example.org", "example.in", "1"),
        ]
        let keys = try triples.map {
            try self.maker.key(for: DialbackKeyRequest(receiving: $0.0, originating: $0.1, streamID: $0.2))
        }
        #expect(Set(keys).count == triples.count)
    }

    @Test("CVE-2021-32921: how much of a wrong key is right is not to be seen in the time it takes")
    func constantTime() throws {
        // For information, never a reason to fail: on a machine that others use as well every threshold is wrong some day. What does
        // decide is that OpenSSL's comparison is used, on every secret. The same figure is printed at each run.
        let right = try self.key(self.maker)
        let wrong = [
            "f" + right.dropFirst(), right.dropLast() + (right.last == "0" ? "1" : "0"),
        ].map { String($0) }
        var samples: [[Double]] = [[], []]
        for round in 0..<4_000 {
            let which = round % 2
            let start = ContinuousClock.now
            let isValid = try self.verify(self.maker, wrong[which])
            let time = ContinuousClock.now - start
            #expect(!isValid)
            samples[which].append(Double(time.components.attoseconds) / 1e9)
        }
        // Without what the machine did besides: the faster nine tenths.
        let kept = samples.map { $0.sorted().prefix($0.count * 9 / 10) }
        let means = kept.map { $0.reduce(0, +) / Double($0.count) }
        let variances = zip(kept, means).map { values, mean in
            values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count - 1) / Double(values.count)
        }
        let t = (means[0] - means[1]) / max((variances[0] + variances[1]).squareRoot(), .leastNonzeroMagnitude)
        print(
            "comparison of dialback keys: wrong at the start \(Int(means[0])) ns, at the end \(Int(means[1])) ns, t = \(t)"
        )
    }
}
