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
}
