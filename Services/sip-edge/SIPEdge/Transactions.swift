import Bus
import Messaging
import NIOCore
import Policy
import SIPCore

/// Names a server transaction ([RFC 3261 §17.2.3](https://www.rfc-editor.org/rfc/rfc3261#section-17.2.3)).
struct ServerTransactionKey: Hashable, Sendable {
    let branch: String
    let sentBy: String
    let method: Method

    init?(_ request: Request, via: Via?) {
        guard let via, let branch = via.branch else { return nil }
        self.branch = branch
        self.sentBy = via.port.map { "\(via.host):\($0)" } ?? via.host
        self.method = request.method
    }
}

/// A request of a peer that waits for its answer.
struct ServerTransaction {
    var machine: NonInviteServerTransaction
    let request: Request
    let messageID: MessageID
    let connection: ConnectionID
    let peer: PeerIdentity
}

/// A request of ours that waits for its answer.
struct ClientTransaction {
    /// What is to be done with the answer.
    enum Purpose {
        /// A message of another edge, whose fate this is.
        case message(NeutralMessage, TrafficToken)
        case subscribe(SubscriptionPair)
        case notify(Dialog.ID)
        /// A question for a sign of life.
        case probe

        /// When nobody waits for the outcome any more.
        var deadline: NIODeadline? {
            switch self {
            case .message(_, let token): token.deadline
            case .subscribe, .notify, .probe: nil
            }
        }
    }

    var machine: NonInviteClientTransaction
    var request: Request
    let purpose: Purpose
    /// The next hop it was given to; `nil` when it goes over a connection that the peer has made.
    var hop: NextHop?
    /// Where else it may go.
    var alternatives: ArraySlice<StaticRoute>
    /// The connection it left by; `nil` while it waits for one.
    var connection: ConnectionID?
    /// The Request-URI before a route replaced its host.
    let target: Request.Target
    let messageID: MessageID?

    init(
        _ request: Request,
        _ purpose: Purpose,
        alternatives: ArraySlice<StaticRoute> = [],
        messageID: MessageID? = nil
    ) {
        self.machine = NonInviteClientTransaction(isTransportReliable: true)
        self.request = request
        self.purpose = purpose
        self.alternatives = alternatives
        self.target = request.target
        self.messageID = messageID
    }

    /// Gives the request to the next hop of `route`, as a new transaction.
    mutating func take(_ route: StaticRoute) {
        self.machine = NonInviteClientTransaction(isTransportReliable: true)
        self.hop = NextHop(route)
        self.connection = nil
        self.request.target = self.target
        if route.replaceHostInRequestURI, case .sip(var uri) = self.target {
            uri.host = route.nextHop.bracketed
            self.request.target = .sip(uri)
        }
    }
}

/// A local user and a contact.
struct SubscriptionPair: Hashable, Sendable {
    let watcher: Address
    let presentity: Address

    init(watcher: Address, presentity: Address) {
        self.watcher = watcher.bare
        self.presentity = presentity.bare
    }
}

/// A message that another edge has, and whose fate we wait for.
struct OutgoingTraffic {
    /// The request whose answer the fate is; `nil` for what we say by ourselves.
    let transaction: ServerTransactionKey?
    let message: NeutralMessage
}

/// What a request of ours came to.
enum SIPOutcome {
    case response(Response)
    case failure(DeliveryFailure)
}
