import Synchronization
import Testing

@testable import TLS

@Suite("Secrets in memory")
struct SecretTextTests {
    /// What each secret's memory held when it was given back.
    private final class Memories: Sendable {
        private let state = Mutex<[[UInt8]]>([])

        func record(_ memory: UnsafeRawBufferPointer) { self.state.withLock { $0.append(Array(memory)) } }
        var all: [[UInt8]] { self.state.withLock { $0 } }
    }

    private func memories(_ body: () throws -> Void) rethrows -> [[UInt8]] {
        let memories = Memories()
        try SecretText.$observer.withValue({ memories.record($0) }, operation: body)
        return memories.all
    }

    @Test("A secret is a C string while it is used, and nothing of it is left in its memory then")
    func cleansed() throws {
        var used: [CChar] = []
        let memories = try self.memories {
            try SecretText.withCString("hunter2".utf8) { text throws(IssuingError) in used = (0..<8).map { text[$0] } }
        }
        #expect(used == "hunter2".utf8CString.map { $0 })
        #expect(memories == [[UInt8](repeating: 0, count: 8)])
    }

    @Test("It is cleared as well when what reads it fails")
    func cleansedAfterFailure() throws {
        let memories = self.memories {
            #expect(throws: IssuingError.wrongKey) {
                try SecretText.withCString("hunter2".utf8) { _ throws(IssuingError) in throw .wrongKey }
            }
        }
        #expect(memories == [[UInt8](repeating: 0, count: 8)])
    }

    @Test("The master key and passphrases of private keys and PKCS#12 files are held in such memory only")
    func users() throws {
        let secret = String(repeating: "m", count: MasterKey.minimumLength)
        let masterKey = try MasterKey(contents: Array(secret.utf8))
        let key = try PrivateKey(generating: .ecdsaP256)
        let cleared = [UInt8](repeating: 0, count: secret.utf8.count + 1)
        var sealed: [UInt8] = []
        #expect(try self.memories { sealed = try key.sealedPEM(with: masterKey) } == [cleared])
        #expect(try self.memories { _ = try PrivateKey(sealedPEM: sealed, masterKey: masterKey) } == [cleared])
        #expect(try self.memories { _ = try PrivateKey(pem: sealed, passphrase: secret) } == [cleared])
    }
}
