import Wire

/// What comes over the bus: whatever was understood is the same when it is written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard var envelope = try? Envelope(decoding: UnsafeRawBufferPointer(start: start, count: count)) else { return 0 }
    // Which messages were not understood is for the reader to say; it is not written.
    if case .traffic(let batch)? = envelope.body {
        envelope.body = .traffic(TrafficBatch(messages: batch.messages, answers: batch.answers))
    }
    let again = envelope.encoded().withUnsafeBytes { try? Envelope(decoding: $0) }
    precondition(again == envelope, "an envelope: written and read again it is another one")
    return 0
}
