import Glibc
import ServiceKit
import Testing

@Suite struct SecretTests {
    @Test func `A secret is the content of the file that the setting names, and is never shown`() throws {
        let file = try TemporaryFile("correct horse\n")
        var reader = SettingsReader(SettingsSource(environment: ["ISTHMUS_DNS_KEY_FILE": file.path]))
        let read = reader.secret("dns.key", hint: "the TSIG key")
        let secret = try #require(read)
        #expect(secret.text == "correct horse")
        #expect("\(secret)" == "<secret>")
        #expect(String(reflecting: secret) == "<secret>")
        #expect(reader.effective == ["dns.key-file": file.path])
        let mistakes = reader.finish()
        #expect(mistakes.isEmpty)
    }

    @Test func `A secret in the environment itself is a mistake that does not repeat it`() {
        var reader = SettingsReader(SettingsSource(environment: ["ISTHMUS_DNS_KEY": "battery staple"]))
        let secret = reader.secret("dns.key", hint: "the TSIG key")
        #expect(secret == nil)
        let mistakes = reader.finish().map(\.description)
        #expect(
            mistakes == [
                "ISTHMUS_DNS_KEY: no setting of this service; "
                    + "secrets are read from files only: set ISTHMUS_DNS_KEY_FILE to the path of a file"
            ]
        )
    }

    @Test func `An empty or missing file is a mistake`() throws {
        let file = try TemporaryFile("\n")
        for path in [file.path, "/nonexistent/key"] {
            var reader = SettingsReader(SettingsSource(environment: ["ISTHMUS_DNS_KEY_FILE": path]))
            _ = reader.secret("dns.key", hint: "the TSIG key")
            let mistakes = reader.finish()
            #expect(mistakes.count == 1)
        }
    }
}

/// A file that goes away with its owner.
private final class TemporaryFile {
    let path: String

    init(_ content: String) throws {
        var template = Array("/tmp/isthmus-test-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        self.path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let bytes = Array(content.utf8)
        #expect(write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
    }

    deinit { unlink(self.path) }
}
