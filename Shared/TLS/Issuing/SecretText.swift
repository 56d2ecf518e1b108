internal import COpenSSL

/// A secret in memory of its own, for as long as OpenSSL reads it.
///
/// The memory is overwritten before it is given back, so that no passphrase is found in it afterwards (`OPENSSL_cleanse(3)`, which no
/// compiler leaves out). The bytes are put there one by one: no array that grows or is copied keeps another copy.
enum SecretText {
    /// Told of the memory of each secret just before it is given back: nobody may look at it later.
    @TaskLocal static var observer: (@Sendable (UnsafeRawBufferPointer) -> Void)?

    /// Calls `body` with `bytes` and a zero after them, as C wants texts.
    static func withCString<Result>(
        _ bytes: some Collection<UInt8>,
        _ body: (UnsafeMutablePointer<CChar>) throws(IssuingError) -> Result
    ) throws(IssuingError) -> Result {
        let count = bytes.count + 1
        let memory = UnsafeMutablePointer<CChar>.allocate(capacity: count)
        memory.initialize(repeating: 0, count: count)
        defer {
            OPENSSL_cleanse(memory, count)
            Self.observer?(UnsafeRawBufferPointer(start: memory, count: count))
            memory.deallocate()
        }
        for (index, byte) in bytes.enumerated() { memory[index] = CChar(bitPattern: byte) }
        return try body(memory)
    }
}
