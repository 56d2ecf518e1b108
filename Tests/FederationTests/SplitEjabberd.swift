import Foundation
import Synchronization
import TestSupport
import XMPPCore

/// ejabberd as the XMPP server of split.test, with the module that comes with Isthmus and a port for its component.
///
/// Whoever is logged in is its user; nobody else is.
final class SplitEjabberd: Sendable {
    private let address: String
    private let scratch: Scratch
    private let environment: [String: String]
    private let process = Mutex<ChildProcess?>(nil)

    private static let module = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(
            path: "Services/xmpp-edge/ServerModules/ejabberd/mod_isthmus_partition.erl"
        )

    init(address: String, secret: String) async throws {
        let scratch = try Scratch("ejabberd")
        self.address = address
        self.scratch = scratch
        try scratch.write(
            """
            hosts: [ "split.test" ]
            loglevel: info
            listen:
              - { port: 5222, ip: "\(address)", module: ejabberd_c2s }
              - port: 5347
                ip: "\(address)"
                module: ejabberd_service
                access: all
                check_from: false
                global_routes: false
                hosts:
                  isthmus.split.test: { password: "\(secret)" }
            auth_method: anonymous
            anonymous_protocol: login_anon
            allow_multiple_connections: true
            default_db: mnesia
            modules: { mod_disco: {}, mod_roster: {}, mod_isthmus_partition: { component: isthmus.split.test } }

            """,
            to: "ejabberd.yml"
        )
        try FileManager.default.createDirectory(at: scratch.file("data"), withIntermediateDirectories: true)
        // Debian keeps Erlang's libraries under the folder of the architecture.
        let libraries = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib")
            .filter { $0.hasSuffix("-linux-gnu") }.map { "/usr/lib/\($0)" }
        self.environment = [
            "HOME": scratch.folder.path, "ERL_LIBS": libraries.joined(separator: ":"),
            "EJABBERD_CONFIG_PATH": scratch.file("ejabberd.yml").path,
            "EJABBERD_LOG_PATH": scratch.file("ejabberd-own.log").path,
            "SPOOL_DIR": scratch.file("data").path, "ERL_CRASH_DUMP": "/dev/null",
        ]
        let compiled = try await ChildProcess.run(
            "/usr/bin/erlc",
            ["-o", scratch.folder.path, Self.module.path],
            environment: self.environment
        )
        guard compiled.status == 0 else { throw WorldError(description: compiled.output) }
        try await self.start()
    }

    /// Starts it, and waits until it takes users.
    func start() async throws {
        let process = try ChildProcess(
            "/usr/bin/erl",
            [
                "-noinput", "+K", "true", "-pa", self.scratch.folder.path, "-mnesia", "dir",
                "\"\(self.scratch.file("data").path)\"", "-s", "ejabberd",
            ],
            environment: self.environment,
            log: self.scratch.file("ejabberd.log")
        )
        self.process.withLock { $0 = process }
        do {
            try await eventually("ejabberd to take users", within: .seconds(60)) {
                guard let user = try? await self.user("first") else { return false }
                await user.close()
                return true
            }
        } catch {
            let said = (try? String(contentsOf: self.scratch.file("ejabberd.log"), encoding: .utf8)) ?? ""
            throw WorldError(description: "\(error)\n\(said.suffix(2_000))")
        }
    }

    /// Logs in.
    func user(_ name: String) async throws -> XMPPClient {
        let jid = try JID(local: name, domain: "split.test", resource: "test")
        return try await XMPPClient.connect(.user(jid, password: name), host: self.address, port: 5222)
    }

    func stop() async throws { try await self.process.withLock { $0 }?.stop() }

    /// Ends it as a crash would.
    func kill() async throws {
        let process = self.process.withLock { $0 }
        process?.kill()
        try await process?.waitForExit(within: .seconds(30))
    }
}
