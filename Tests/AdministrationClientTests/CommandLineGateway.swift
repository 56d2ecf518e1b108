import Foundation
import TestSupport

/// A policy-service, and `isthmusctl` as an administrator types it: both the real executables.
final class CommandLineGateway: Sendable {
    let scratch: Scratch
    private let programs: URL
    private let child: ChildProcess
    private let api: String

    init() async throws {
        self.scratch = try Scratch("isthmusctl")
        self.programs = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
        let keys = self.scratch.file("keys").path
        let isthmusctl = self.programs.appending(path: "isthmusctl").path
        _ = try await ChildProcess.run(isthmusctl, ["keys", "init", "--directory", keys])
        let log = self.scratch.file("log")
        self.child = try ChildProcess(
            self.programs.appending(path: "policy-service").path,
            [],
            environment: [
                "ISTHMUS_BUS_KEYS": keys, "ISTHMUS_BUS_LISTEN": "127.0.0.1:0", "ISTHMUS_BUS_PUBLISH": "127.0.0.1:0",
                "ISTHMUS_STORE_PATH": self.scratch.file("policy.sqlite").path, "ISTHMUS_API_LISTEN": "127.0.0.1:0",
                "ISTHMUS_API_TOKEN_PATH": self.scratch.file("admin-token").path, "ISTHMUS_ADMIN_LISTEN": "127.0.0.1:0",
            ],
            log: log
        )
        self.api = try await eventually("the API to listen") {
            try String(contentsOf: log, encoding: .utf8)
                .firstMatch(of: /"API listening","metadata":\{"listen.address":"([0-9.:]+)"/).map {
                    String($0.output.1)
                }
        }
    }

    /// Runs `isthmusctl`.
    func run(
        _ arguments: String...,
        environment: [String: String] = [:]
    ) async throws -> (status: Int32, output: String) {
        try await self.run(arguments, environment: environment)
    }

    func run(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> (status: Int32, output: String) {
        try await ChildProcess.run(
            self.programs.appending(path: "isthmusctl").path,
            arguments,
            environment: [
                "ISTHMUS_API": self.api, "ISTHMUS_TOKEN_FILE": self.scratch.file("admin-token").path,
            ].merging(environment) { $1 }
        )
    }

    /// Runs a line of bash, in which `$ISTHMUSCTL` is the program.
    func shell(_ line: String) async throws -> (status: Int32, output: String) {
        try await ChildProcess.run(
            "/bin/bash",
            ["-c", line],
            environment: [
                "ISTHMUSCTL": self.programs.appending(path: "isthmusctl").path, "ISTHMUS_API": self.api,
                "ISTHMUS_TOKEN_FILE": self.scratch.file("admin-token").path,
            ]
        )
    }
}
