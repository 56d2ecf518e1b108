import Glibc
import Testing
import ZeroMQ

@Suite("Keys of the bus")
struct BusKeysTests {
    /// A folder of its own, removed afterwards.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/isthmus-keys-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { return }
        let directory = String(cString: made)
        defer {
            for name in BusKeys.services {
                unlink("\(directory)/\(name).secret")
                unlink("\(directory)/\(name).public")
            }
            rmdir(directory)
        }
        try body(directory)
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        guard stat(path, &status) == 0 else { return 0 }
        return status.st_mode & 0o777
    }

    @Test("Every service gets a pair; only its owner may read the secret half")
    func generates() throws {
        try self.withDirectory { directory in
            #expect(try BusKeys.generate(in: directory) == BusKeys.services)
            for name in BusKeys.services {
                #expect(self.mode("\(directory)/\(name).secret") == 0o600)
                #expect(self.mode("\(directory)/\(name).public") == 0o644)
                let keys = try BusKeys(of: name, in: directory)
                #expect(keys.peers[name] == keys.own.publicKey)
                #expect(keys.peers.count == BusKeys.services.count)
            }
        }
    }

    @Test("Generating again rotates the keys, unless only missing ones are asked for")
    func rotates() throws {
        try self.withDirectory { directory in
            try BusKeys.generate(in: directory)
            let first = try BusKeys(of: "sip-edge", in: directory).own.publicKey
            unlink("\(directory)/xmpp-edge.public")
            #expect(try BusKeys.generate(in: directory, onlyMissing: true) == ["xmpp-edge"])
            #expect(try BusKeys(of: "sip-edge", in: directory).own.publicKey == first)
            try BusKeys.generate(in: directory)
            #expect(try BusKeys(of: "sip-edge", in: directory).own.publicKey != first)
        }
    }

    @Test("A file that holds no key is named")
    func malformed() throws {
        try self.withDirectory { directory in
            try BusKeys.generate(in: directory)
            let file = open("\(directory)/sip-edge.secret", O_WRONLY | O_TRUNC)
            write(file, "nonsense", 8)
            close(file)
            let error = #expect(throws: BusKeysError.self) { try BusKeys(of: "sip-edge", in: directory) }
            #expect(error?.description == "\(directory)/sip-edge.secret: is not a CURVE key in Z85")
        }
    }
}
