internal import COpenSSL

/// Application protocol negotiation ([RFC 7301](https://www.rfc-editor.org/rfc/rfc7301)).
enum ALPN {
    /// `protocols` as the extension has them: each behind a byte with its length.
    static func encode(_ protocols: [String]) -> [UInt8] {
        protocols.flatMap { name in [UInt8(clamping: name.utf8.count)] + name.utf8.prefix(255) }
    }

    /// Where in the encoded list `offered` the protocol `name` stands, without its length byte.
    static func find(_ name: String, in offered: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        var rest = offered[...]
        while let count = rest.popFirst() {
            let candidate = rest.prefix(Int(count))
            if candidate.elementsEqual(name.utf8) { return UnsafeBufferPointer(rebasing: candidate) }
            rest = rest.dropFirst(Int(count))
        }
        return nil
    }
}

/// Chooses the first protocol of the server's list that the client offers.
///
/// Without a common one the handshake fails; a server without a list ignores the client's. OpenSSL calls it during the
/// handshake.
func selectProtocol(
    _ session: OpaquePointer?,
    _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ selectedCount: UnsafeMutablePointer<UInt8>?,
    _ offered: UnsafePointer<UInt8>?,
    _ offeredCount: CUnsignedInt,
    _ argument: UnsafeMutableRawPointer?
) -> CInt {
    guard let session, let protocols = TLSSession.of(session)?.protocols, !protocols.isEmpty else {
        return SSL_TLSEXT_ERR_NOACK
    }
    let offered = UnsafeBufferPointer(start: offered, count: Int(offeredCount))
    for name in protocols {
        guard let choice = ALPN.find(name, in: offered) else { continue }
        selected?.pointee = choice.baseAddress
        selectedCount?.pointee = UInt8(choice.count)
        return SSL_TLSEXT_ERR_OK
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}
