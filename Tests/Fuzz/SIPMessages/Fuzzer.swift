import SIPCore

/// Bytes of a connection, in pieces whose lengths the input chooses: whatever they are, they are read or refused, and what
/// was read can be written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    var framer = StreamFramer()
    var items: [StreamFramer.Item] = []
    let size = Int(first) + 1
    for begin in stride(from: 1, to: bytes.count, by: size) {
        framer.feed(bytes[begin..<min(begin + size, bytes.count)], into: &items)
    }
    for case .message(let message) in items { check(message) }
    return 0
}

private func check(_ message: Message) {
    let written: [UInt8]
    switch message {
    case .request(let request):
        _ = request.response(Status(200), tag: "x")
        written = MessageWriter.bytes(of: request)
    case .response(let response): written = MessageWriter.bytes(of: response)
    }
    var framer = StreamFramer()
    var items: [StreamFramer.Item] = []
    framer.feed(written, into: &items)
    precondition(items.count == 1, "one message was written, \(items.count) were read")
}
