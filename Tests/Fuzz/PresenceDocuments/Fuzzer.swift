import Presence

/// A document of a NOTIFY: whatever it is, it is read or refused, and what was read can be written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let document = try? PIDFDocument(parsing: bytes) else { return 0 }
    precondition((try? PIDFDocument(parsing: document.bytes)) != nil, "what was written cannot be read")
    return 0
}
