internal import CIsthmusProto

/// Memory for the C messages of one encoding or one decoding: taken piece by piece, given back at once.
///
/// protobuf-c allocates every submessage and every text by itself. Here all of them come from a few blocks, which are
/// used again for the next message, so that a message on the hot path costs no `malloc`.
final class Arena {
    /// The first block; enough for a batch of messages between edges.
    private static let blockSize = 64 * 1024
    /// Everything handed out starts at a multiple of this: what `malloc` guarantees.
    private static let alignment = 16

    private var blocks: [UnsafeMutableRawBufferPointer] = []
    private var current = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var used = 0
    private var total = 0
    /// How many bytes may be handed out between two resets; a message that wants more is malformed.
    var limit = Int.max

    deinit { for block in self.blocks { block.deallocate() } }

    /// Takes everything back; the pointers handed out before are dead.
    func reset() {
        if self.blocks.count > 1 {
            for block in self.blocks.dropFirst() { block.deallocate() }
            self.blocks.removeSubrange(1...)
            self.current = self.blocks[0]
        }
        self.used = 0
        self.total = 0
    }

    /// Hands out `size` bytes, uninitialised; `nil` when that is more than the limit.
    func take(_ size: Int) -> UnsafeMutableRawPointer? {
        guard size >= 0, size <= self.limit - self.total else { return nil }
        let rounded = (size + Self.alignment - 1) & ~(Self.alignment - 1)
        if self.used + rounded > self.current.count {
            let block = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(Self.blockSize, rounded),
                alignment: Self.alignment
            )
            self.blocks.append(block)
            self.current = block
            self.used = 0
        }
        defer {
            self.used += rounded
            self.total += rounded
        }
        return self.current.baseAddress.map { $0 + self.used }
    }

    private func take<Element>(_ count: Int, of type: Element.Type) -> UnsafeMutablePointer<Element> {
        guard let memory = self.take(max(count, 1) * MemoryLayout<Element>.stride) else {
            preconditionFailure("an arena without a limit refused \(count) of \(type)")
        }
        return memory.bindMemory(to: Element.self, capacity: max(count, 1))
    }
}

// MARK: - Swift values to C

extension Arena {
    /// `text` as protobuf-c wants it.
    ///
    /// U+0000 would end the text for C. No protocol of ours can carry it, so it becomes U+FFFD here.
    func text(_ text: String) -> UnsafeMutablePointer<CChar> {
        var native = text
        return native.withUTF8 { utf8 in
            guard !utf8.contains(0) else {
                return self.text(
                    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 }))
                )
            }
            let copy = self.take(utf8.count + 1, of: UInt8.self)
            if let source = utf8.baseAddress { copy.update(from: source, count: utf8.count) }
            copy[utf8.count] = 0
            return UnsafeMutableRawPointer(copy).assumingMemoryBound(to: CChar.self)
        }
    }

    /// `text`, or the empty text that stands for its absence.
    func text(_ text: String?) -> UnsafeMutablePointer<CChar> { self.text(text ?? "") }

    func texts(_ texts: [String]) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
        guard !texts.isEmpty else { return (0, nil) }
        let pointers = self.take(texts.count, of: UnsafeMutablePointer<CChar>?.self)
        for (index, text) in texts.enumerated() { pointers[index] = self.text(text) }
        return (texts.count, pointers)
    }

    func bytes(_ bytes: [UInt8]) -> ProtobufCBinaryData {
        let copy = self.take(bytes.count, of: UInt8.self)
        bytes.withUnsafeBufferPointer { source in
            if let start = source.baseAddress { copy.update(from: start, count: source.count) }
        }
        return ProtobufCBinaryData(len: bytes.count, data: copy)
    }

    /// Several strings of bytes.
    func byteStrings(_ strings: [[UInt8]]) -> (Int, UnsafeMutablePointer<ProtobufCBinaryData>?) {
        guard !strings.isEmpty else { return (0, nil) }
        let data = self.take(strings.count, of: ProtobufCBinaryData.self)
        for (index, string) in strings.enumerated() { (data + index).initialize(to: self.bytes(string)) }
        return (strings.count, data)
    }

    func numbers<Value: WireEnumeration>(_ values: [Value]) -> (Int, UnsafeMutablePointer<Value.Number>?) {
        guard !values.isEmpty else { return (0, nil) }
        let numbers = self.take(values.count, of: Value.Number.self)
        for (index, value) in values.enumerated() { (numbers + index).initialize(to: value.number) }
        return (values.count, numbers)
    }

    func message<Value: WireMessage>(_ value: Value) -> UnsafeMutablePointer<Value.Message> {
        let message = self.take(1, of: Value.Message.self)
        Value.initialize(message)
        value.fill(&message.pointee, in: self)
        return message
    }

    /// A message without fields.
    func blank<Message>(_ initialize: (UnsafeMutablePointer<Message>?) -> Void) -> UnsafeMutablePointer<Message> {
        let message = self.take(1, of: Message.self)
        initialize(message)
        return message
    }

    func message<Value: WireMessage>(ifAny value: Value?) -> UnsafeMutablePointer<Value.Message>? {
        value.map { self.message($0) }
    }

    func messages<Value: WireMessage>(
        _ values: [Value]
    ) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<Value.Message>?>?) {
        guard !values.isEmpty else { return (0, nil) }
        let pointers = self.take(values.count, of: UnsafeMutablePointer<Value.Message>?.self)
        for (index, value) in values.enumerated() { pointers[index] = self.message(value) }
        return (values.count, pointers)
    }
}

// MARK: - protobuf-c's allocator

extension Arena {
    /// The allocator that makes protobuf-c decode into this arena, for the length of `body`.
    func withAllocator<Result>(_ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> Result) -> Result {
        var allocator = ProtobufCAllocator(
            alloc: { arena, size in
                guard let arena else { return nil }
                return Unmanaged<Arena>.fromOpaque(arena).takeUnretainedValue().take(size)
            },
            free: { _, _ in },
            allocator_data: Unmanaged.passUnretained(self).toOpaque()
        )
        return body(&allocator)
    }
}
