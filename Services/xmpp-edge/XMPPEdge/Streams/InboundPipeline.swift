import NIOCore
import NetworkKit
import TLS

/// The handlers of a connection from outside.
enum InboundPipeline {
    /// No certificate yet: a port for direct TLS has nothing to offer.
    struct NoCertificate: Error {}

    static func add(
        _ connection: InboundConnection,
        to channel: any Channel,
        isDirectTLS: Bool,
        context: TLSContext?
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        if isDirectTLS {
            guard let context else { throw NoCertificate() }
            let role = TLSRole.server(requestClientCertificate: true, alpn: ["xmpp-server"])
            try pipeline.addHandler(TLSHandler(context: context, role: role))
        }
        try pipeline.addHandler(ConnectionHandler(connection))
    }
}
