import Foundation
import TestSupport
import Testing

@Suite("isthmusctl backup")
struct BackupCommandTests {
    @Test("A backup is taken, verified, listed and restored; a damaged one and an overwriting are refused")
    func backup() async throws {
        let gateway = try await CommandLineGateway()
        let folder = gateway.scratch.file("backups")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "one").path
        #expect(try await gateway.run("host", "add", "a.example").status == 0)
        let created = try await gateway.run("backup", "create", file)
        #expect(created.status == 0 && created.output.contains("host: 1"), "\(created.output)")
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
        #expect(try await gateway.run("backup", "create", file).output.contains("--force"))
        #expect(try await gateway.run("backup", "verify", file).output.hasPrefix("Whole."))

        try Data("\(try String(contentsOfFile: file, encoding: .utf8).dropLast(60))".utf8).write(
            to: folder.appending(path: "short")
        )
        let short = try await gateway.run("backup", "verify", folder.appending(path: "short").path)
        #expect(short.status != 0 && short.output.contains("ends too early"), "\(short.output)")
        let listed = try await gateway.run("backup", "list", folder.path).output
        #expect(listed.contains("one") && !listed.contains("short"))

        #expect(try await gateway.run("host", "add", "b.example").status == 0)
        let asked = try await gateway.run("backup", "restore", file)
        #expect(asked.status != 0 && asked.output.contains("--force"), "\(asked.output)")
        let restored = try await gateway.run("backup", "restore", file, "--force", "--reason", "drill")
        #expect(restored.status == 0, "\(restored.output)")
        let hosts = try await gateway.run("host", "list").output
        #expect(hosts.contains("a.example") && !hosts.contains("b.example"))
        #expect(try await gateway.run("audit", "list").output.contains("drill"))
    }
}
