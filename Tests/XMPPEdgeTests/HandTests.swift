import Foundation
import Messaging
import Policy
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import XMPPEdge

@Suite("by hand", .enabled(if: ProcessInfo.processInfo.environment["HAND"] != nil))
struct HandTests {
    @Test func hand() async throws {
        let env = ProcessInfo.processInfo.environment
        let state = env["HAND"] ?? ""
        let read = { (name: String) in [UInt8](try Data(contentsOf: URL(filePath: "\(state)/ca/\(name)"))) }
        let authority = try TestAuthority()
        let identity = try authority.issue("DNS:sip.test")
        try Data(authority.rootPEM).write(to: URL(filePath: "\(state)/ca/gateway-ca.crt"))
        let gateway = try await TestGateway("sip.test", identity: identity, trusting: try read("partner-ca.crt"))
        _ = try await gateway.federation.listen(on: Endpoint(host: "127.0.78.21", port: 5269), isDirectTLS: false)
        let partner = Partner(
            domain: "xmpp.test", kind: .federated, tls: .init(rawValue: env["H_TLS"] ?? "required") ?? .required,
            sasl: .init(rawValue: env["H_SASL"] ?? "required") ?? .required, dialback: env["H_DB"] == "true",
            proxyFQDN: "127.0.78.11:5269"
        )
        try await gateway.federate(with: [partner])
        try Data().write(to: URL(filePath: "\(state)/ready"))
        try await eventually("go", within: .seconds(60)) { FileManager.default.fileExists(atPath: "\(state)/go") }
        for n in 0..<20 {
            _ = try await gateway.sip.send([message("from sip \(n)", from: "juliet@sip.test", to: "romeo@xmpp.test")])
        }
        let end = ContinuousClock.now + .seconds(Int(env["H_SECONDS"] ?? "8")!)
        try await eventually("end", within: .seconds(100)) { ContinuousClock.now > end }
        for m in gateway.sip.received.values { print("SIP GOT", m.from, m.to, m.content) }
        for a in gateway.sip.answers.values { print("ANSWER", a) }
        for r in gateway.refusals.values { print("REFUSAL", r) }
        for s in await gateway.federation.streams(StreamQuery()).streams { print("STREAM", s) }
        try await gateway.stop()
    }
}
