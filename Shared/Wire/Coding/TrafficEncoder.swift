internal import CIsthmusProto
internal import Messaging

/// Encodes what one edge has for another item by item, straight into the bytes that are sent.
///
/// The result is an ``Envelope`` whose body is a ``TrafficBatch``: a header from ``header(forBatchOf:)``, and the slab
/// the items were appended to. Not Sendable: one encoder belongs to one thread.
public final class TrafficEncoder {
    // Field numbers of envelope.proto and messaging.proto with wire type 2, "length-delimited".
    private static let recipientTag: UInt8 = 0x52  // Envelope.recipient_instance = 10
    private static let trafficTag: [UInt8] = [0xBA, 0x01]  // Envelope.traffic = 23
    private static let messageTag: UInt8 = 0x0A  // TrafficBatch.messages = 1
    private static let answerTag: UInt8 = 0x12  // TrafficBatch.answers = 2

    private let arena = Arena()
    private let sender: [UInt8]

    public init(service: String, instance: String) {
        self.sender = Envelope(senderService: service, senderInstance: instance, body: nil).encoded()
    }

    /// What comes before a slab of `count` bytes.
    ///
    /// - Parameters:
    ///   - count: The length of the slab.
    ///   - recipient: The instance that is meant; empty for whoever is there.
    /// - Returns: The bytes.
    public func header(forBatchOf count: Int, to recipient: String = "") -> [UInt8] {
        var header = self.sender
        if !recipient.isEmpty {
            header.append(Self.recipientTag)
            header.append(varint: recipient.utf8.count)
            header.append(contentsOf: recipient.utf8)
        }
        header += Self.trafficTag
        header.append(varint: count)
        return header
    }

    /// Appends a message.
    public func append(_ message: TrafficMessage, to slab: inout [UInt8]) {
        self.append(message, tag: Self.messageTag, to: &slab)
    }

    /// Appends the fate of a message.
    public func append(_ answer: TrafficAnswer, to slab: inout [UInt8]) {
        self.append(answer, tag: Self.answerTag, to: &slab)
    }

    private func append<Value: WireMessage>(_ value: Value, tag: UInt8, to slab: inout [UInt8]) {
        defer { self.arena.reset() }
        let message = UnsafeMutableRawPointer(self.arena.message(value)).assumingMemoryBound(to: ProtobufCMessage.self)
        let size = protobuf_c_message_get_packed_size(message)
        slab.append(tag)
        slab.append(varint: size)
        let start = slab.count
        slab.append(contentsOf: repeatElement(0, count: size))
        slab.withUnsafeMutableBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return }
            _ = protobuf_c_message_pack(message, base + start)
        }
    }
}

extension [UInt8] {
    /// Appends a number as protobuf writes it: seven bits a byte, the least significant first.
    fileprivate mutating func append(varint value: Int) {
        var rest = UInt64(value)
        while rest >= 0x80 {
            self.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.append(UInt8(rest))
    }
}
