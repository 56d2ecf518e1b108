import Bus
import Messaging
import NIOCore
import Policy
import SIPCore

/// Names a server transaction ([RFC 3261 §17.2.3](https://www.rfc-editor.org/rfc/rfc3261#section-17.2.3)).
struct ServerTransactionKey: Hashable, Sendable {
    let branch: String
    let sentBy: String
    private(set) var method: Method

    init?(_ request: Request, via: Via?) {
        guard let via, let branch = via.branch else { return nil }
        self.branch = branch
        self.sentBy = via.port.map { "\(via.host):\($0)" } ?? via.host
        self.method = request.method
    }

    /// The INVITE that an ACK or a CANCEL with this branch is about
    /// ([RFC 3261 §17.1.1.3](https://www.rfc-editor.org/rfc/rfc3261#section-17.1.1.3), §9.2).
    var invite: ServerTransactionKey {
        var key = self
        key.method = .invite
        return key
    }
}

/// What a request keeps on every way it takes, when a proxy has forked it
/// ([RFC 3261 §8.2.2.2](https://www.rfc-editor.org/rfc/rfc3261#section-8.2.2.2)).
struct MergeKey: Hashable {
    private let callID: String
    private let fromTag: String
    private let cSeq: CSeq

    /// `nil` for what is in a dialog, and for what belongs to another request.
    init?(_ request: Request) {
        guard request.method != .cancel, request.headers.to?.tag == nil, let callID = request.headers.callID,
            let fromTag = request.headers.from?.tag, let cSeq = request.headers.cSeq
        else { return nil }
        self.callID = callID
        self.fromTag = fromTag
        self.cSeq = cSeq
    }
}

/// A request of a peer that waits for its answer.
struct ServerTransaction {
    enum Machine {
        case invite(InviteServerTransaction)
        case other(NonInviteServerTransaction)
    }

    var machine: Machine
    let request: Request
    let messageID: MessageID
    let connection: ConnectionID
    let peer: PeerIdentity
    /// What our answer puts on To when nobody else says it.
    let tag: String
    /// Over UDP, from a host that nobody knows: it is answered and forgotten, and costs no memory
    /// ([RFC 3261 §8.2.7](https://www.rfc-editor.org/rfc/rfc3261#section-8.2.7)).
    let isStranger: Bool
    /// By what another one that has come by another way is known; `nil` where that does not matter.
    var mergeKey: MergeKey?

    init(
        _ request: Request,
        messageID: MessageID,
        connection: ConnectionID,
        peer: PeerIdentity,
        tag: String,
        transport: SIPTransport,
        isStranger: Bool
    ) {
        self.tag = tag
        self.isStranger = isStranger
        if request.method == .invite {
            var machine = InviteServerTransaction(isTransportReliable: transport.isReliable)
            _ = machine.handle(.request)
            self.machine = .invite(machine)
        } else {
            var machine = NonInviteServerTransaction(isTransportReliable: transport.isReliable)
            _ = machine.handle(.request)
            self.machine = .other(machine)
        }
        self.request = request
        self.messageID = messageID
        self.connection = connection
        self.peer = peer
    }
}

/// An INVITE of a peer that has its final response: what is resent of it is absorbed
/// ([RFC 6026](https://www.rfc-editor.org/rfc/rfc6026)).
struct FinishedInvite {
    var machine: InviteServerTransaction
    let connection: ConnectionID
    let response: Response
}

/// A request over UDP that has its answer: when it comes again, the answer is sent again
/// ([RFC 3261 §17.2.2](https://www.rfc-editor.org/rfc/rfc3261#section-17.2.2)).
struct FinishedRequest {
    var machine: NonInviteServerTransaction
    let connection: ConnectionID
}

/// An INVITE of ours that was accepted: a 2xx may come again
/// ([RFC 6026 §7.2](https://www.rfc-editor.org/rfc/rfc6026#section-7.2)).
struct AcceptedInvite {
    var machine: InviteClientTransaction
    let session: Dialog.ID
}

/// A request of ours that waits for its answer.
struct ClientTransaction {
    /// What is to be done with the answer.
    enum Purpose {
        /// A message of another edge, whose fate this is.
        case message(NeutralMessage, TrafficToken)
        /// Typing that is told again; nobody waits for its fate.
        case typing
        case subscribe(SubscriptionPair)
        case notify(Dialog.ID)
        /// A question for a sign of life.
        case probe
        /// A question that an administrator has asked, by its number.
        case test(UInt64)
        /// An INVITE that opens a session.
        case invite(Dialog.ID, NIODeadline)
        /// A request within a session.
        case inSession(Dialog.ID, SessionRequest, NIODeadline?)

        /// When nobody waits for the outcome any more.
        var deadline: NIODeadline? {
            switch self {
            case .message(_, let token): token.deadline
            case .invite(_, let deadline): deadline
            case .inSession(_, _, let deadline): deadline
            case .typing, .subscribe, .notify, .probe, .test: nil
            }
        }
    }

    /// What is asked in a session.
    enum SessionRequest: Equatable {
        case message(UInt64)
        case typing, refresh, bye
    }

    enum Machine {
        case invite(InviteClientTransaction)
        case other(NonInviteClientTransaction)

        init(_ method: Method, isTransportReliable: Bool = true) {
            self =
                method == .invite
                ? .invite(InviteClientTransaction(isTransportReliable: isTransportReliable))
                : .other(NonInviteClientTransaction(isTransportReliable: isTransportReliable))
        }
    }

    var machine: Machine
    var request: Request
    /// The request as it was sent over UDP, with its Via: what is sent again is the same.
    var sent: Request?
    /// Its bytes, where they were too many for UDP.
    var oversize: Int?
    let purpose: Purpose
    /// The next hop it was given to; `nil` when it goes over a connection that the peer has made.
    var hop: NextHop?
    /// What DNS is asked first.
    var query: ServerQuery?
    /// The other servers of the same next hop, as DNS names them ([RFC 3263 §4.3](https://www.rfc-editor.org/rfc/rfc3263#section-4.3)).
    var servers: ArraySlice<NextHop> = []
    /// Where else it may go.
    var alternatives: ArraySlice<StaticRoute>
    /// The connection it left by; `nil` while it waits for one.
    var connection: ConnectionID?
    /// In our branch, so that nobody can answer who has not seen the request.
    let secret = String(UInt32.random(in: 0...UInt32.max), radix: 36)
    /// The Request-URI before a route replaced its host.
    let target: Request.Target
    let messageID: MessageID?

    init(
        _ request: Request,
        _ purpose: Purpose,
        alternatives: ArraySlice<StaticRoute> = [],
        messageID: MessageID? = nil
    ) {
        self.machine = Machine(request.method)
        self.request = request
        self.purpose = purpose
        self.alternatives = alternatives
        self.target = request.target
        self.messageID = messageID
    }

    /// Gives the request to the next hop of `route`, as a new transaction.
    mutating func take(_ route: StaticRoute) {
        self.take(NextHop(route))
        self.query = self.hop == nil ? ServerQuery(route) : nil
        self.servers = []
        self.request.target = self.target
        // Within a dialog the Request-URI is the peer's Contact, which nobody else may change (RFC 3261 §12.2.1.1).
        if route.replaceHostInRequestURI, self.request.headers.to?.tag == nil, case .sip(var uri) = self.target {
            uri.host = route.nextHop.bracketed
            self.request.target = .sip(uri)
        }
    }
}

extension ClientTransaction {
    /// Gives the request to a server, as a new transaction.
    mutating func take(_ hop: NextHop?) {
        self.machine = Machine(self.request.method)
        self.hop = hop
        self.connection = nil
        self.sent = nil
        self.oversize = nil
    }

    /// Whether there is another way to try.
    var hasAlternative: Bool { !self.servers.isEmpty || !self.alternatives.isEmpty }
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
    /// The xmpp-edge that has it, or had it last.
    var edge = ""
    /// An xmpp-edge was not given it, or has given it back.
    var hasReturned = false
    /// It is with an edge that does not get what comes next in its conversation.
    var isCrossing = false
}

/// What a request of ours came to.
enum SIPOutcome {
    case response(Response)
    case failure(DeliveryFailure)
}
