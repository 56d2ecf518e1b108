import Foundation
import TestSupport

/// policy-service and cert-service, and `isthmusctl` as an administrator types it: all the real executables.
///
/// Both log all they can, so that what must not be in a log can be looked for.
final class CertificateGateway: Sendable {
    let scratch: Scratch
    private let programs: URL
    private let policyService: ChildProcess
    private let certService: ChildProcess
    private let api: String

    init() async throws {
        self.scratch = try Scratch("certificates")
        self.programs = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
        let keys = self.scratch.file("keys").path
        let isthmusctl = self.programs.appending(path: "isthmusctl").path
        _ = try await ChildProcess.run(isthmusctl, ["keys", "init", "--directory", keys])
        // An address of loopback that is this test's own.
        let host = "127.\(Int.random(in: 100...250)).\(Int.random(in: 1...250)).\(Int.random(in: 1...250))"
        let common = [
            "ISTHMUS_BUS_KEYS": keys, "ISTHMUS_LOG_LEVEL": "trace", "ISTHMUS_ADMIN_LISTEN": "\(host):0",
        ]
        let log = self.scratch.file("policy-service.log")
        self.policyService = try ChildProcess(
            self.programs.appending(path: "policy-service").path,
            [],
            environment: common.merging([
                "ISTHMUS_BUS_LISTEN": "\(host):7101", "ISTHMUS_BUS_PUBLISH": "\(host):7102",
                "ISTHMUS_BUS_CERT_SERVICE": "\(host):7141", "ISTHMUS_BUS_CERT_SERVICE_PUBLICATIONS": "\(host):7142",
                "ISTHMUS_STORE_PATH": self.scratch.file("policy.sqlite").path, "ISTHMUS_API_LISTEN": "\(host):0",
                "ISTHMUS_API_TOKEN_PATH": self.scratch.file("admin-token").path,
            ]) { $1 },
            log: log
        )
        self.certService = try ChildProcess(
            self.programs.appending(path: "cert-service").path,
            [],
            environment: common.merging([
                "ISTHMUS_BUS_LISTEN": "\(host):7141", "ISTHMUS_BUS_PUBLISH": "\(host):7142",
                "ISTHMUS_BUS_POLICY_SERVICE": "\(host):7101", "ISTHMUS_BUS_POLICY_SERVICE_PUBLICATIONS": "\(host):7102",
                "ISTHMUS_CERTIFICATES_DIRECTORY": self.scratch.file("certificates").path,
                "ISTHMUS_CERTIFICATES_MASTER_KEY_PATH": self.scratch.file("secret/master.key").path,
                "ISTHMUS_CERTIFICATES_KEY": "ecdsa-p256", "ISTHMUS_ACCESS_XMPP": "xmpp.contoso.test",
                "ISTHMUS_ACCESS_SIP": "sip.contoso.test",
            ]) { $1 },
            log: self.scratch.file("cert-service.log")
        )
        self.api = try await eventually("the API to listen") {
            try String(contentsOf: log, encoding: .utf8)
                .firstMatch(of: /"API listening","metadata":\{"listen.address":"([0-9.:]+)"/).map {
                    String($0.output.1)
                }
        }
    }

    /// Runs `isthmusctl`.
    @discardableResult
    func run(_ arguments: String...) async throws -> (status: Int32, output: String) {
        try await ChildProcess.run(
            self.programs.appending(path: "isthmusctl").path,
            arguments,
            environment: ["ISTHMUS_API": self.api, "ISTHMUS_TOKEN_FILE": self.scratch.file("admin-token").path]
        )
    }

    /// Ends both services as an operator does; what they had to log is logged then.
    func stop() async throws {
        try await self.certService.stop()
        try await self.policyService.stop()
    }

    /// Everything both services have logged.
    func logs() throws -> String {
        try ["policy-service.log", "cert-service.log"].map { name in
            try String(contentsOf: self.scratch.file(name), encoding: .utf8)
        }.joined()
    }
}
