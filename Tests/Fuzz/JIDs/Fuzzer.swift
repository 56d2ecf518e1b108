import XMPPCore

/// A JID that was accepted is the same when it is written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    guard let jid = try? JID(parsing: text) else { return 0 }
    precondition((try? JID(parsing: jid.description)) == jid, "preparing twice changes it")
    return 0
}
