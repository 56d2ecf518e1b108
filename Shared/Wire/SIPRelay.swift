/// A SIP request in a dialog that another sip-edge owns, handed to that edge: `isthmus.v1.SIPRelay`
/// (docs/adr/0013-dialogs-name-their-edge.md).
public struct SIPRelay: Equatable, Sendable {
    /// The request as it was admitted, with its Via completed.
    public var request: [UInt8]
    /// The address of the peer that sent it.
    public var peerAddress: String
    public var isTLS: Bool
    /// The Contact that an answer shall bear: the end of the connection the request came on.
    public var contact: String

    public init(request: [UInt8], peerAddress: String, isTLS: Bool, contact: String) {
        self.request = request
        self.peerAddress = peerAddress
        self.isTLS = isTLS
        self.contact = contact
    }
}
