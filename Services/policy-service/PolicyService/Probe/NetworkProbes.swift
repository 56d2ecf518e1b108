import DNS
import NIOCore
import NetworkKit
import Policy
import TLS
import Wire

/// The tests over real sockets.
struct NetworkProbes: Probes {
    /// Hosts of a domain that are tried; a domain with more is not slower to test than one with these.
    static let maximumTargets = 4

    let resolver: ServiceResolver
    let loop: any EventLoop

    init(resolver: DNS.Resolver, loop: any EventLoop) {
        self.resolver = ServiceResolver(resolver)
        self.loop = loop
    }

    /// Resolves and connects; what happened is added to `steps`.
    func connect(
        _ host: String,
        _ port: Int,
        _ steps: inout [TestStep],
        isLast: Bool = true
    ) async -> ProbeConnection? {
        let failure: TestStep.Outcome = isLast ? .bad : .warning
        let addresses: [SocketAddress]
        do {
            addresses = try await self.resolver.addresses(of: host, port: port)
        } catch {
            steps.append(
                TestStep("address", failure, "\(host): \(error)", remedy: "\(host) needs an A or AAAA record.")
            )
            return nil
        }
        let shown = addresses.compactMap(\.ipAddress).joined(separator: ", ")
        steps.append(TestStep("address", .good, "\(host) is \(shown)"))
        do {
            let connection = try await ProbeConnection.open(to: addresses, on: self.loop)
            let peer = connection.channel.remoteAddress?.ipAddress ?? host
            steps.append(TestStep("connection", .good, "\(peer) port \(port) takes connections"))
            return connection
        } catch {
            steps.append(
                TestStep(
                    "connection",
                    failure,
                    "port \(port) of \(host) (\(shown)): \(error)",
                    remedy: "Is the server running, and does a firewall on either side let TCP port \(port) through?"
                )
            )
            return nil
        }
    }

    static func context(trusting roots: [UInt8]) throws -> TLSContext {
        try TLSContext(TLSContext.Configuration(trustRootsPEM: roots, usesSystemRoots: true))
    }

    /// What a certificate is worth.
    static func step(
        about completed: TLSHandshakeCompleted,
        named name: String,
        matches: (PeerCertificate) -> Bool,
        isNeeded: Bool
    ) -> [TestStep] {
        let tls = TestStep("TLS", .good, "\(completed.protocolVersion) with \(completed.cipher)")
        let outcome: TestStep.Outcome = isNeeded ? .bad : .warning
        guard let peer = completed.peer else { return [tls, TestStep("certificate", outcome, "none was shown")] }
        let names = (peer.dnsNames + peer.srvNames + peer.xmppAddresses).joined(separator: ", ")
        let about = "\(peer.subject), issued by \(peer.issuer), for \(names.isEmpty ? "no name" : names)"
        if case .untrusted(let reason) = peer.verification {
            return [
                tls,
                TestStep(
                    "certificate",
                    outcome,
                    "\(about): not trusted, \(reason)",
                    remedy:
                        "If you trust its CA: isthmusctl certificate trust add FILE. Else the other side needs a better one."
                ),
            ]
        }
        guard matches(peer) else {
            return [
                tls,
                TestStep(
                    "certificate",
                    outcome,
                    "\(about): it does not name \(name)",
                    remedy: "The other side needs a certificate that has \(name) as a DNS name."
                ),
            ]
        }
        return [tls, TestStep("certificate", .good, "\(about): trusted, and names \(name)")]
    }
}
