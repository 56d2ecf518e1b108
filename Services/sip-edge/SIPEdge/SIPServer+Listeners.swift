import EdgeKit
import Logging
import NIOCore
import NetworkKit
import ServiceKit
import TLS

/// Where SIP over TCP and TLS is taken.
extension SIPServer {
    /// Without a profile it is TCP.
    func listen(_ endpoint: Endpoint, _ profile: TLSProfile?, _ limits: ConnectionLimits) async throws {
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
                try self?.assumeIsolated { try $0.accept(channel, profile) }
            }
        ).get()
        self.listeners.append(listener)
        switch profile {
        case nil: self.tcpPort = self.tcpPort ?? listener.port
        case .legacy: self.noteLegacyListener(endpoint, listener.port)
        case .standard, .fips: self.tlsPort = self.tlsPort ?? listener.port
        }
        self.logger.notice(
            "Listening",
            metadata: [
                "listen.address": "\(endpoint.host):\(listener.port)", "transport": profile == nil ? "tcp" : "tls",
            ]
        )
    }

    private func accept(_ channel: any Channel, _ profile: TLSProfile?) throws {
        if let profile {
            let context = profile == .legacy ? self.identities.legacyContext : self.identities.current
            guard let context else { throw ChannelError.operationUnsupported }
            let role = TLSRole.server(requestClientCertificate: true)
            try channel.pipeline.syncOperations.addHandler(TLSHandler(context: context, role: role))
        }
        let connection = self.makeConnection(channel, hop: nil, profile == nil ? .tcp : .tls)
        try channel.pipeline.syncOperations.addHandler(ConnectionHandler(connection))
        self.add(connection)
    }
}
