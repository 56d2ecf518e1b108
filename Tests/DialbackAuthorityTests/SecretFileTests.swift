import Foundation
import TestSupport
import Testing

@testable import DialbackAuthority

@Suite("The file of the dialback secret")
struct SecretFileTests {
    static let now: Int64 = 1_763_702_400_000

    /// A file with this content, which only its owner may read.
    static func file(_ content: String, in scratch: Scratch, mode: Int = 0o600) throws -> SecretFile {
        let path = try scratch.write(content, to: "secret").path
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return SecretFile(path: path, isMadeWhenMissing: true)
    }

    @Test("CVE-2016-1232: a missing secret is made once, of 256 random bits, for its owner alone")
    func makes() throws {
        let scratch = try Scratch("dialback")
        let file = SecretFile(path: scratch.file("new/dialback.secret").path, isMadeWhenMissing: true)
        let (first, isNew) = try file.readOrMake(at: Self.now)
        #expect(isNew)
        #expect(first.current.bytes.count == 64)
        #expect(first.current.createdAt == Self.now)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let (second, isNewAgain) = try file.readOrMake(at: Self.now + 1)
        #expect(!isNewAgain)
        #expect(second == first)
        let other = SecretFile(path: scratch.file("other").path, isMadeWhenMissing: true)
        #expect(try other.readOrMake(at: Self.now).secrets.current.bytes != first.current.bytes)
    }

    @Test("Replicas that start at the same time on an empty folder have one secret")
    func oneOfMany() async throws {
        let scratch = try Scratch("dialback")
        let file = SecretFile(path: scratch.file("secret").path, isMadeWhenMissing: true)
        let all = try await withThrowingTaskGroup { group in
            for _ in 0..<16 { group.addTask { try file.readOrMake(at: Self.now) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(all.count { $0.isNew } == 1)
        #expect(Set(all.map(\.secrets.current.id)).count == 1)
    }

    @Test("Two lines that people wrote are the current and the previous secret, which ends when the overlap is over")
    func twoLines() throws {
        let scratch = try Scratch("dialback")
        let file = try Self.file("new secret, with spaces\nold-secret-old-secret\n", in: scratch)
        let secrets = try file.read()
        #expect(secrets.current.bytes == Array("new secret, with spaces".utf8))
        #expect(secrets.previous?.bytes == Array("old-secret-old-secret".utf8))
        #expect(secrets.previous?.endsAt == secrets.current.createdAt + file.overlap)
    }

    @Test("What is written is read again, with the times and the ids")
    func written() throws {
        let scratch = try Scratch("dialback")
        let file = try Self.file("a secret, with spaces\n", in: scratch)
        let rotated = try file.update { present throws(SecretFileError) in
            try file.rotated(present, at: Self.now, overlap: 3_600_000)
        }
        #expect(try file.read() == rotated)
        #expect(rotated.previous?.bytes == Array("a secret, with spaces".utf8))
        #expect(rotated.previous?.endsAt == Self.now + 3_600_000)
        #expect(rotated.current.bytes.count == 64)
    }

    static let wrong: [(content: String, problem: String)] = [
        ("", "holds 0 lines instead of the secret and, in a second line, the previous one"),
        ("short\n", "holds a secret of fewer than 16 characters"),
        ("long enough to be one\nshort\n", "holds a secret of fewer than 16 characters"),
        (
            "one line that is long\nanother that is long\na third that is long\n",
            "holds 3 lines instead of the secret and, in a second line, the previous one"
        ),
        ("isthmus-dialback-secrets 1\n", "holds 0 lines instead of the secret and, in a second line, the previous one"),
        (
            "isthmus-dialback-secrets 1\nsecret a 1 long enough to be one\n",
            "has a line that is none of a current secret"
        ),
        (
            "isthmus-dialback-secrets 1\ncurrent 00000000 1 long enough to be one\n",
            "names the current secret 00000000, but holds another one: was the line edited or cut?"
        ),
        (String(repeating: "x", count: 5000), "is larger than 4096 bytes"),
    ]

    @Test("What cannot be a secret is refused with the reason", arguments: wrong)
    func refuses(content: String, problem: String) throws {
        let scratch = try Scratch("dialback")
        let file = try Self.file(content, in: scratch)
        #expect(throws: SecretFileError(path: file.path, problem: problem)) { try file.readOrMake(at: Self.now) }
    }

    @Test("A secret that others may read is refused, with what to do", arguments: [0o644, 0o640, 0o604, 0o660])
    func readable(mode: Int) throws {
        let scratch = try Scratch("dialback")
        let file = try Self.file("a secret that is long enough\n", in: scratch, mode: mode)
        let problem =
            "may be read by others (mode \(String(mode, radix: 8))): `chmod 600` it, and change the secret"
        #expect(throws: SecretFileError(path: file.path, problem: problem)) { try file.read() }
    }

    @Test("A link, a folder and another user's file are no secret")
    func noFile() throws {
        let scratch = try Scratch("dialback")
        let file = try Self.file("a secret that is long enough\n", in: scratch)
        let link = scratch.file("link").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file.path)
        let linked = SecretFile(path: link, isMadeWhenMissing: true)
        #expect(throws: SecretFileError(path: link, problem: "is a symbolic link: name the file itself")) {
            try linked.readOrMake(at: Self.now)
        }
        let folder = SecretFile(path: scratch.folder.path, isMadeWhenMissing: true)
        #expect(throws: SecretFileError(path: folder.path, problem: "is no file")) { try folder.read() }
        guard getuid() == 0, chown(file.path, 4711, 4711) == 0 else { return }
        #expect(throws: SecretFileError.self) { try file.read() }
    }

    @Test("A missing secret is a mistake where it has to be given")
    func missing() throws {
        let scratch = try Scratch("dialback")
        let path = scratch.file("secret").path
        #expect(
            throws: SecretFileError(path: path, problem: "does not exist: make one with `openssl rand -hex 32`")
        ) { try SecretFile(path: path, isMadeWhenMissing: false).readOrMake(at: Self.now) }
    }

    /// What a process leaves that dies at each step of a rotation.
    static let remains: [(step: String, draft: String?)] = [
        ("with the lock taken", nil),
        ("with nothing in the draft", ""),
        ("with half of the draft written", "isthmus-dialback-secrets 1\ncurrent 7f3a9c01 17637"),
        (
            "with the draft complete",
            "isthmus-dialback-secrets 1\ncurrent 7f3a9c01 1763702400000 whatever it was, it was long\n"
        ),
    ]

    @Test(
        "A process that is killed in a rotation leaves the old secret, and the next rotation works",
        arguments: remains
    )
    func killed(step: String, draft: String?) throws {
        let scratch = try Scratch("dialback")
        let file = try Self.file("a secret that is long enough\n", in: scratch)
        try scratch.write("", to: "secret.lock")
        if let draft { try scratch.write(draft, to: "secret.new") }
        let before = try file.readOrMake(at: Self.now).secrets
        #expect(before.current.bytes == Array("a secret that is long enough".utf8))
        let after = try file.update { present throws(SecretFileError) in
            try file.rotated(present, at: Self.now, overlap: 1000)
        }
        #expect(after.previous?.bytes == before.current.bytes)
        #expect(!FileManager.default.fileExists(atPath: scratch.file("secret.new").path))
    }

    @Test("Whoever reads while others rotate finds a whole file")
    func atomic() async throws {
        let scratch = try Scratch("dialback")
        let file = try Self.file("a secret that is long enough\n", in: scratch)
        let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    for _ in 0..<50 {
                        // Two take turns: one of them may find the other at work.
                        _ = try? file.update { present throws(SecretFileError) in
                            try file.rotated(present, at: Self.now, overlap: 1000)
                        }
                    }
                    return 0
                }
                group.addTask {
                    (0..<500).count { _ in (try? file.read()) == nil }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }
}
