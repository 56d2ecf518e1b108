import Messaging
import Policy
import Testing
import Wire

@Suite("What the bus understands, and what it refuses", .tags(.bus))
struct ToleranceTests {
    private func decode(_ bytes: [UInt8]) throws -> Envelope {
        try bytes.withUnsafeBytes { bytes throws(WireError) in try Envelope(decoding: bytes) }
    }

    @Test("An empty frame is an envelope without a body")
    func empty() throws {
        #expect(try self.decode([]) == Envelope(version: 0, body: nil))
    }

    @Test("Fields and bodies of a newer version are passed over")
    func newer() throws {
        let newField: [UInt8] = [0x9A, 0x01, 0x03, 0x6E, 0x65, 0x77]  // 19: "new"
        #expect(try self.decode(Envelope(request: 1, body: .beat).encoded() + newField).body == .beat)
        let newBody: [UInt8] = [0x10, 0x09, 0xA2, 0x1F, 0x00]  // request 9, field 500
        let envelope = try self.decode(newBody)
        #expect(envelope.request == 9)
        #expect(envelope.body == nil)
    }

    @Test(
        "What is no envelope is refused",
        arguments: [
            ([0xFF], WireError.malformed("isthmus.v1.Envelope")),
            ([0x1A, 0x05, 0x61], .malformed("isthmus.v1.Envelope")),
            ([0x1A, 0x02, 0xC3, 0x28], .malformed("text that is not UTF-8")),
            // A PolicySnapshot without settings.
            ([0xFA, 0x01, 0x00], .malformed("no GatewaySettings")),
            // An IdentitiesRequest for use 9, and one for none.
            ([0xB2, 0x04, 0x02, 0x08, 0x09], .unknownValue("CertificateUse 9")),
            ([0xB2, 0x04, 0x00], .unknownValue("CertificateUse 0")),
        ] as [([UInt8], WireError)]
    )
    func refuses(bytes: [UInt8], error: WireError) {
        #expect(throws: error) { try self.decode(bytes) }
    }

    @Test("A refusal of a version before direction, step and rule is read, with nothing in their place")
    func olderRefusal() throws {
        // refusals: one record with time 1, service "x" and reason "loop"; and one with a step of a later version.
        let bytes: [UInt8] = [
            0xAA, 0x02, 0x17, 0x0A, 0x0B, 0x08, 0x01, 0x12, 0x01, 0x78, 0x42, 0x04, 0x6C, 0x6F, 0x6F, 0x70,
            0x0A, 0x08, 0x08, 0x02, 0x8A, 0x01, 0x03, 0x6E, 0x65, 0x77,
        ]
        guard case .refusals(let records)? = try self.decode(bytes).body else {
            Issue.record("no refusals")
            return
        }
        #expect(records.map(\.time) == [1, 2])
        #expect(records.first?.service == "x" && records.first?.reason == .loop)
        for record in records {
            #expect(record.direction == nil && record.step == nil && record.certificate == nil && record.rule.isEmpty)
            #expect(record.peerPort == nil)
        }
    }

    @Test("A route of an older service, which knows no dialects, or of a newer one, is found out", arguments: [0, 99])
    func dialects(_ number: UInt8) throws {
        let delta = PolicyDelta(epoch: "e", firstSequence: 1, changes: [.route(Samples.route)])
        var bytes = Envelope(body: .policyDelta(delta)).encoded()
        // Fields 10, enabled, and 11, the dialect.
        let written: [UInt8] = [0x50, 0x01, 0x58, 0x03]
        let place = try #require(bytes.firstRange(of: written))
        bytes.replaceSubrange(place, with: [0x50, 0x01, 0x58, number])
        var expected = Samples.route
        expected.dialect = .auto
        #expect(
            try self.decode(bytes).body
                == .policyDelta(PolicyDelta(epoch: "e", firstSequence: 1, changes: [.route(expected)]))
        )
    }

    @Test("A failure of a newer version is still a failure")
    func newerFailures() throws {
        // failure: code 99.
        #expect(try self.decode([0xA2, 0x01, 0x02, 0x08, 0x63]).body == .failure(Failure(.internal, "")))
        // traffic: answer 1 with a failure of condition 99 and reason "new".
        let bytes: [UInt8] = [
            0xBA, 0x01, 0x0D, 0x12, 0x0B, 0x08, 0x01, 0x12, 0x07, 0x08, 0x63, 0x12, 0x03, 0x6E, 0x65, 0x77,
        ]
        let failure = DeliveryFailure(.undefinedCondition, reason: .internalError, text: "")
        let answer = TrafficAnswer(number: 1, result: .failure(failure))
        #expect(try self.decode(bytes).body == .traffic(TrafficBatch(answers: [answer])))
    }

    @Test("A message that is not understood does not harm the others in its frame")
    func partialBatch() throws {
        let encoder = TrafficEncoder(service: "xmpp-edge", instance: "x")
        var slab: [UInt8] = [0x0A, 0x02, 0x08, 0x05]  // message 5, and nothing in it
        encoder.append(Samples.traffic.messages[0], to: &slab)
        guard case .traffic(let batch) = try self.decode(encoder.header(forBatchOf: slab.count) + slab).body else {
            Issue.record("no traffic")
            return
        }
        #expect(batch.notUnderstood == [5])
        #expect(batch.messages == [Samples.traffic.messages[0]])
    }

    @Test("Traffic that is encoded item by item is the same envelope as one encoded at once")
    func incremental() throws {
        let encoder = TrafficEncoder(service: "sip-edge", instance: "sip-1")
        var slab: [UInt8] = []
        for message in Samples.traffic.messages { encoder.append(message, to: &slab) }
        for answer in Samples.traffic.answers { encoder.append(answer, to: &slab) }
        let whole = Envelope(senderService: "sip-edge", senderInstance: "sip-1", body: .traffic(Samples.traffic))
        #expect(encoder.header(forBatchOf: slab.count) + slab == whole.encoded())
        var directed = whole
        directed.recipientInstance = String(repeating: "x", count: 200)
        #expect(encoder.header(forBatchOf: slab.count, to: directed.recipientInstance) + slab == directed.encoded())
        #expect(try self.decode(directed.encoded()).recipientInstance == directed.recipientInstance)
    }

    @Test("U+0000, which no protocol of ours can carry, becomes U+FFFD instead of ending the text")
    func nul() throws {
        let envelope = Envelope(body: .failure(Failure(.invalid, "a\u{0}b")))
        #expect(try self.decode(envelope.encoded()).body == .failure(Failure(.invalid, "a\u{FFFD}b")))
    }

    @Test("A frame full of empty parts is refused before it costs a lot of memory")
    func amplification() {
        // A million empty streams: two bytes each on the wire, a structure each in memory.
        let page = [UInt8](repeating: 0, count: 2_000_000).enumerated().map { $0.offset % 2 == 0 ? 0x0A : 0x00 }
        let header: [UInt8] = [0xAA, 0x03, 0x80, 0x89, 0x7A]  // stream_page of 2 000 000 bytes
        #expect(throws: WireError.malformed("isthmus.v1.Envelope")) { try self.decode(header + page.map { UInt8($0) }) }
    }
}
