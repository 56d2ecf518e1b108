import NIOCore
import TLS
import Wire
import XMPPCore

/// A live stream, as it is told to operators.
struct StreamDescription: Sendable {
    let id: String
    let isInbound: Bool
    let pairs: [DomainPair]
    let peer: String
    let handshake: TLSHandshakeCompleted?
    let method: AuthenticationMethod?
    /// The stream to the XMPP server of split domains, to which we are a component.
    var isComponent = false
    let isEstablished: Bool
    let startedAt: NIODeadline
    let received: UInt64
    let sent: UInt64

    /// The same for the bus; `now` is the present in milliseconds since 1970.
    func liveStream(now: Int64) -> LiveStream {
        let age = (NIODeadline.now() - self.startedAt).nanoseconds / 1_000_000
        return LiveStream(
            id: self.id,
            direction: self.isInbound ? .inbound : .outbound,
            localDomains: Set(self.pairs.map(\.local)).sorted(),
            remoteDomains: Set(self.pairs.map(\.remote)).sorted(),
            peerAddress: self.peer,
            security: self.handshake.map { "\($0.protocolVersion) \($0.cipher)" } ?? "tcp",
            authentication: self.isComponent ? "component" : self.method?.rawValue ?? "none",
            state: self.isEstablished ? "established" : "negotiating",
            establishedAt: now - age,
            received: self.received,
            sent: self.sent
        )
    }
}
