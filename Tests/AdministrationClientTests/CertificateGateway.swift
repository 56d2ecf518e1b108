import Foundation
import Synchronization
import TestSupport

/// policy-service and cert-service, and `isthmusctl` as an administrator types it: all the real executables.
///
/// Both log all they can, so that what must not be in a log can be looked for.
final class CertificateGateway: Sendable {
    let scratch: Scratch
    private let programs: URL
    private let policyService: ChildProcess
    private let certService: Mutex<ChildProcess>
    private let dnsPublisher: ChildProcess?
    private let certificateSettings: [String: String]
    private let api: String

    /// With further settings of cert-service; with settings of dns-publisher, it runs too.
    init(certificates: [String: String] = [:], dns: [String: String]? = nil) async throws {
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
        self.certificateSettings = common.merging([

            "ISTHMUS_BUS_LISTEN": "\(host):7141", "ISTHMUS_BUS_PUBLISH": "\(host):7142",
            "ISTHMUS_BUS_POLICY_SERVICE": "\(host):7101", "ISTHMUS_BUS_POLICY_SERVICE_PUBLICATIONS": "\(host):7102",
            "ISTHMUS_CERTIFICATES_DIRECTORY": self.scratch.file("certificates").path,
            "ISTHMUS_CERTIFICATES_MASTER_KEY_PATH": self.scratch.file("secret/master.key").path,
            "ISTHMUS_CERTIFICATES_KEY": "ecdsa-p256", "ISTHMUS_ACCESS_XMPP": "xmpp.contoso.test",
            "ISTHMUS_ACCESS_SIP": "sip.contoso.test", "ISTHMUS_BUS_DNS_PUBLISHER": "\(host):7151",
        ]) { $1 }.merging(certificates) { $1 }
        self.certService = Mutex(
            try Self.certService(self.programs, self.certificateSettings, log: self.scratch.file("cert-service.log"))
        )
        self.dnsPublisher = try dns.map { [programs, scratch] settings in
            try ChildProcess(
                programs.appending(path: "dns-publisher").path,
                [],
                environment: common.merging([
                    "ISTHMUS_BUS_LISTEN": "\(host):7151", "ISTHMUS_BUS_POLICY_SERVICE": "\(host):7101",
                    "ISTHMUS_BUS_POLICY_SERVICE_PUBLICATIONS": "\(host):7102",
                ]) { $1 }.merging(settings) { $1 },
                log: scratch.file("dns-publisher.log")
            )
        }
        self.api = try await eventually("the API to listen") {
            try String(contentsOf: log, encoding: .utf8)
                .firstMatch(of: /"API listening","metadata":\{"listen.address":"([0-9.:]+)"/).map {
                    String($0.output.1)
                }
        }
    }

    private static func certService(_ programs: URL, _ settings: [String: String], log: URL) throws -> ChildProcess {
        try ChildProcess(programs.appending(path: "cert-service").path, [], environment: settings, log: log)
    }

    /// Ends cert-service as a crash does, and starts it again.
    func crashCertService() async throws {
        let service = self.certService.withLock { $0 }
        service.kill()
        try await service.waitForExit(within: .seconds(20))
        let next = try Self.certService(
            self.programs,
            self.certificateSettings,
            log: self.scratch.file("cert-service.log")
        )
        self.certService.withLock { $0 = next }
    }

    /// Runs `isthmusctl`.
    @discardableResult
    func run(_ arguments: String...) async throws -> (status: Int32, output: String) { try await self.run(arguments) }

    @discardableResult
    func run(_ arguments: [String]) async throws -> (status: Int32, output: String) {
        try await ChildProcess.run(
            self.programs.appending(path: "isthmusctl").path,
            arguments,
            environment: ["ISTHMUS_API": self.api, "ISTHMUS_TOKEN_FILE": self.scratch.file("admin-token").path]
        )
    }

    /// Ends both services as an operator does; what they had to log is logged then.
    func stop() async throws {
        try await self.certService.withLock { $0 }.stop()
        try await self.dnsPublisher?.stop()
        try await self.policyService.stop()
    }

    /// Everything both services have logged.
    func logs() throws -> String {
        try ["policy-service.log", "cert-service.log"].map { name in
            try String(contentsOf: self.scratch.file(name), encoding: .utf8)
        }.joined()
    }
}
