internal import COpenSSL

/// OpenSSL's memory buffers, as bytes.
enum MemoryBIO {
    /// What `write` writes into a fresh buffer, which is wiped afterwards.
    static func collect(
        _ function: String,
        _ write: (OpaquePointer) throws(IssuingError) -> CInt
    ) throws(IssuingError) -> [UInt8] {
        // The secure-memory method wipes its buffer when it is freed; it holds private keys on their way out.
        let bio = try IssuingError.unwrap(BIO_new(BIO_s_secmem()), "BIO_new")
        defer { BIO_free(bio) }
        try IssuingError.check(try write(bio), function)
        var start: UnsafeMutablePointer<CChar>?
        let count = isthmus_BIO_get_mem_data(bio, &start)
        guard let start, count > 0 else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    /// Calls `read` with a buffer that reads `bytes` in place.
    static func reading<Result>(
        _ bytes: [UInt8],
        _ read: (OpaquePointer) throws(IssuingError) -> Result
    ) throws(IssuingError) -> Result {
        // A closure of `withUnsafeBytes` would lose the error's type in a nested rethrow; the result carries it.
        let outcome = bytes.withUnsafeBytes { buffer -> Swift.Result<Result, IssuingError> in
            guard let bio = BIO_new_mem_buf(buffer.baseAddress, CInt(clamping: buffer.count)) else {
                return .failure(.last(in: "BIO_new_mem_buf"))
            }
            defer { BIO_free(bio) }
            do throws(IssuingError) { return .success(try read(bio)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}

/// Answers OpenSSL's question for a passphrase with none, so that it never asks at the terminal.
let refusePassphrase: @convention(c) (UnsafeMutablePointer<CChar>?, CInt, CInt, UnsafeMutableRawPointer?) -> CInt = {
    _,
    _,
    _,
    _ in -1
}
