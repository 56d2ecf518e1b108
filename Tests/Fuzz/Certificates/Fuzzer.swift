import TLS

/// Certificates of peers: whatever OpenSSL takes for one has names that can be compared and shown.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let der = Array(UnsafeBufferPointer(start: start, count: count))
    guard let certificate = try? Certificate(der: der),
        let peer = PeerCertificate([certificate], verification: .untrusted("fuzzed"))
    else { return 0 }
    precondition(peer.names == certificate.names, "the names are others when they are read again")
    for name in peer.dnsNames + peer.srvNames {
        precondition((1...255).contains(name.utf8.count), "the length of \(name)")
        precondition(!name.utf8.contains { $0 <= 0x20 || $0 >= 0x7F }, "a character of \(name)")
        precondition(name == name.lowercased(), "the case of \(name)")
    }
    for address in peer.xmppAddresses {
        precondition(!address.utf8.contains { $0 <= 0x20 || $0 == 0x7F }, "a character of \(address)")
    }
    return 0
}
