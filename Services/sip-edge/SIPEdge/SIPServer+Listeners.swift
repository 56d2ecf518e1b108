import EdgeKit
import Logging
import NIOCore
import NetworkKit
import ServiceKit
import TLS

/// Where SIP over TCP and TLS is taken.
extension SIPServer {
    func listen(_ endpoint: Endpoint, _ kind: ListenerKind, _ limits: ConnectionLimits) async throws {
        let listener = try await Listener.bind(
            host: endpoint.host,
            port: endpoint.port,
            on: self.loop,
            limits: limits,
            logger: self.logger,
            refused: { [weak self] address, refusal in
                self?.refusals.reportConnection(
                    address?.ipAddress ?? "",
                    port: address?.port,
                    refusal.rawValue,
                    rule: limits.setting(behind: refusal)
                )
            },
            accept: { [weak self] channel in
                try self?.assumeIsolated { try $0.accept(channel, kind) }
            }
        ).get()
        self.listeners.append(listener)
        switch kind {
        case .tcp: self.tcpPort = self.tcpPort ?? listener.port
        case .mutualTLS: self.tlsPort = self.tlsPort ?? listener.port
        case .serverAuthTLS: self.serverAuthTLSPort = self.serverAuthTLSPort ?? listener.port
        case .legacyTLS: self.noteLegacyListener(endpoint, listener.port)
        }
        self.logger.notice(
            "Listening",
            metadata: [
                "listen.address": "\(endpoint.host):\(listener.port)", "transport": "\(kind.words)",
            ]
        )
    }

    private func accept(_ channel: any Channel, _ kind: ListenerKind) throws {
        if kind != .tcp {
            let context = kind == .legacyTLS ? self.identities.legacyContext : self.identities.current
            guard let context else { throw ChannelError.operationUnsupported }
            let role = TLSRole.server(requestClientCertificate: kind.asksForCertificate)
            try channel.pipeline.syncOperations.addHandler(TLSHandler(context: context, role: role))
        }
        let connection = self.makeConnection(
            channel,
            hop: nil,
            kind == .tcp ? .tcp : .tls,
            asksForCertificate: kind.asksForCertificate
        )
        try channel.pipeline.syncOperations.addHandler(ConnectionHandler(connection))
        self.add(connection)
    }

    /// Says that Contact will be the address of each connection, where nobody has said how peers reach us: behind address translation
    /// or a load balancer that address is of no use to them.
    func warnOfContact() {
        guard self.configuration.advertisedHost == nil else { return }
        let endpoints =
            self.configuration.tcp + self.configuration.tls + self.configuration.legacyTLS
            + self.configuration.serverAuthTLS + self.configuration.udp
        let wildcards = endpoints.filter { ["0.0.0.0", "::", "[::]", "*"].contains($0.host) }
        guard !wildcards.isEmpty else { return }
        self.logger.warning(
            "No host name is advertised; Contact and Via have the address of each connection",
            metadata: [
                "listen.address": "\(wildcards.map { "\($0.host):\($0.port)" }.joined(separator: ", "))",
                "setting": "ISTHMUS_SIP_ADVERTISE",
            ]
        )
    }
}
