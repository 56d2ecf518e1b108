import Logging
import NIOCore
import ServiceKit
import TLS

/// TLS 1.0 and 1.1, for servers that know nothing better (LCS 2005, OCS 2007): only where an administrator has said so, by a
/// listener or a route of its own, and said again in the log.
extension SIPServer {
    private static let risk: Logger.MetadataValue =
        "SHA-1, keys of 1024 bits and ciphers without forward secrecy are taken: what is sent can be read later by who gets the key, and altered by who can break SHA-1"

    func noteLegacyListener(_ endpoint: Endpoint, _ port: Int) {
        self.legacyTLSPort = self.legacyTLSPort ?? port
        self.logger.warning(
            "TLS 1.0 and 1.1 are accepted here",
            metadata: ["listen.address": "\(endpoint.host):\(port)", "reason": Self.risk]
        )
    }

    func noteOldTLS(of connection: SIPConnection, _ handshake: TLSHandshakeCompleted) {
        guard ["TLSv1", "TLSv1.1"].contains(handshake.protocolVersion) else { return }
        self.logger.warning(
            "Old TLS in use",
            metadata: [
                "peer.address": "\(connection.remoteAddress)", "tls.version": "\(handshake.protocolVersion)",
                "tls.cipher": "\(handshake.cipher)", "reason": Self.risk,
            ]
        )
    }
}
