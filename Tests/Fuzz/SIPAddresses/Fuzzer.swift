import SIPCore

/// URIs and the header fields that hold them: what was accepted is the same when it is written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    if let uri = try? SIPURI(parsing: text) {
        precondition((try? SIPURI(parsing: uri.description)) == uri, "a URI: written and read again it is another one")
        _ = uri.user
    }
    for address in NameAddress.list(parsing: text) ?? [] {
        // A line end or NUL in a quoted name, which a backslash allows, is written as a space: from then on nothing changes.
        let written = address.description
        let again = NameAddress(parsing: written)
        precondition(again?.uri == address.uri, "an address: written and read again it is another one")
        precondition(again?.description == written, "an address: written twice it is another one")
    }
    for via in Via.list(parsing: text) ?? [] {
        precondition(Via.list(parsing: via.description) == [via], "a Via: written and read again it is another one")
    }
    if let number = CSeq(parsing: text) {
        precondition(CSeq(parsing: number.description) == number, "a CSeq: written and read again it is another one")
    }
    _ = MediaType(parsing: text)
    _ = TokenWithParameters(parsing: text)
    return 0
}
