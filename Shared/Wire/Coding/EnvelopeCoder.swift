internal import CIsthmusProto

/// Encodes and decodes envelopes one after the other in the same memory.
///
/// Not Sendable: one coder belongs to one thread.
public final class EnvelopeCoder {
    private let encoding = Arena()
    private let decoding = Arena()

    /// How many bytes of C structures a byte of a frame may become.
    ///
    /// A frame full of empty submessages must not cost a lot of memory; real messages need 2 to 12.
    private static let amplificationLimit = 32
    /// What even the shortest frame may need.
    private static let amplificationAllowance = 64 * 1024

    public init() {}

    /// The envelope as it goes over the bus.
    public func encode(_ envelope: Envelope) -> [UInt8] {
        defer { self.encoding.reset() }
        return self.pack(self.encoding.message(envelope))
    }

    /// Reads an envelope.
    ///
    /// - Throws: ``WireError`` when the bytes are no envelope, or their body is of a known type and cannot be understood.
    public func decode(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Envelope {
        defer { self.decoding.reset() }
        self.decoding.limit = Self.amplificationAllowance + Self.amplificationLimit * bytes.count
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let unpacked = self.decoding.withAllocator {
            isthmus__v1__envelope__unpack($0, bytes.count, start)
        }
        guard let unpacked else { throw .malformed("isthmus.v1.Envelope") }
        return try Envelope(unpacked.pointee)
    }

    private func pack(_ message: UnsafeMutablePointer<Isthmus__V1__Envelope>) -> [UInt8] {
        let size = isthmus__v1__envelope__get_packed_size(message)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            count = isthmus__v1__envelope__pack(message, start)
        }
    }
}

extension Envelope {
    /// The envelope as it goes over the bus.
    public func encoded() -> [UInt8] { EnvelopeCoder().encode(self) }

    /// Reads an envelope.
    public init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) {
        self = try EnvelopeCoder().decode(bytes)
    }
}
