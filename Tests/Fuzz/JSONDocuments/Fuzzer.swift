import Policy

/// What was read is the same when it is written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let value = try? DocumentValue(parsingJSON: bytes) else { return 0 }
    let again = try? DocumentValue(parsingJSON: Array(value.json().utf8))
    precondition(again == value, "writing changes it")
    return 0
}
