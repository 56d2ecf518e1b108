internal import COpenSSL

/// Where a `TLSSession` takes the peer's bytes from and leaves its own.
///
/// The session calls it while one of its own methods runs, so nothing is buffered twice and an idle session holds no
/// buffer.
public protocol TLSTransport: AnyObject {
    /// Moves up to `buffer.count` bytes that came from the peer to `buffer`; 0 if there are none for now.
    func readEncrypted(into buffer: UnsafeMutableRawBufferPointer) -> Int
    /// Takes all of `bytes`, to be sent to the peer.
    func writeEncrypted(_ bytes: UnsafeRawBufferPointer)
}

/// The OpenSSL side of a `TLSTransport`: a BIO that calls it.
enum TransportBIO {
    /// The compiler cannot know that a pointer may be shared; this one may: Swift initialises it once, whoever comes first, the
    /// functions are set before anybody else sees it, and from then on OpenSSL only reads the table.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "isthmus") else { return nil }
        BIO_meth_set_create(method) { bio in
            BIO_set_init(bio, 1)
            return 1
        }
        BIO_meth_set_read(method) { bio, bytes, count in
            guard let bio, let bytes, count > 0 else { return 0 }
            isthmus_BIO_clear_retry_flags(bio)
            let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: Int(count))
            let moved = TransportBIO.transport(of: bio)?.readEncrypted(into: buffer) ?? 0
            guard moved == 0 else { return CInt(moved) }
            isthmus_BIO_set_retry_read(bio)
            return -1
        }
        BIO_meth_set_write(method) { bio, bytes, count in
            guard let bio, let bytes, count > 0 else { return 0 }
            isthmus_BIO_clear_retry_flags(bio)
            TransportBIO.transport(of: bio)?.writeEncrypted(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
            return count
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return method
    }()

    /// A BIO for `session`, which must outlive it.
    static func make(for session: TLSSession) -> OpaquePointer? {
        guard let method, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(session).toOpaque())
        return bio
    }

    private static func transport(of bio: OpaquePointer) -> (any TLSTransport)? {
        BIO_get_data(bio).flatMap { Unmanaged<TLSSession>.fromOpaque($0).takeUnretainedValue().transport }
    }
}
