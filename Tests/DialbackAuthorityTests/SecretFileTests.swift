import Foundation
import TestSupport
import Testing

@testable import DialbackAuthority

@Suite("The file of the dialback secret")
struct SecretFileTests {
    @Test("A missing secret is made once, for its owner alone")
    func makes() throws {
        let scratch = try Scratch("dialback")
        let file = SecretFile(path: scratch.file("new/dialback.secret").path, isMadeWhenMissing: true)
        let (first, isNew) = try file.read()
        #expect(isNew)
        #expect(first.current.count == 64)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let (second, isNewAgain) = try file.read()
        #expect(!isNewAgain)
        #expect(second == first)
    }

    @Test("Two lines are the current and the previous secret")
    func twoLines() throws {
        let scratch = try Scratch("dialback")
        try scratch.write("new-secret-new-secret\nold-secret-old-secret\n", to: "secret")
        let secrets = try SecretFile(path: scratch.file("secret").path, isMadeWhenMissing: false).read().secrets
        #expect(secrets.current == Array("new-secret-new-secret".utf8))
        #expect(secrets.previous == Array("old-secret-old-secret".utf8))
    }

    @Test(
        "What cannot be a secret is refused with the reason",
        arguments: [
            ("", "holds 0 lines instead of the secret and, in a second line, the previous one"),
            ("short\n", "holds a secret of fewer than 16 characters"),
            ("long enough to be one\nshort\n", "holds a secret of fewer than 16 characters"),
            (
                "one line that is long\nanother that is long\na third that is long\n",
                "holds 3 lines instead of the secret and, in a second line, the previous one"
            ),
        ]
    )
    func refuses(content: String, problem: String) throws {
        let scratch = try Scratch("dialback")
        try scratch.write(content, to: "secret")
        let path = scratch.file("secret").path
        #expect(throws: SecretFileError(path: path, problem: problem)) {
            try SecretFile(path: path, isMadeWhenMissing: true).read()
        }
    }

    @Test("A missing secret is a mistake where it has to be given")
    func missing() throws {
        let scratch = try Scratch("dialback")
        let path = scratch.file("secret").path
        #expect(
            throws: SecretFileError(path: path, problem: "does not exist: make one with `openssl rand -hex 32`")
        ) { try SecretFile(path: path, isMadeWhenMissing: false).read() }
    }
}
