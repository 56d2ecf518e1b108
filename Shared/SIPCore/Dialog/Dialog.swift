/// What two user agents share once a request has made a dialog
/// ([RFC 3261 §12](https://www.rfc-editor.org/rfc/rfc3261#section-12)): tags, sequence numbers, where requests go.
public struct Dialog: Equatable, Sendable {
    /// Names a dialog at our end.
    public struct ID: Hashable, Sendable {
        public let callID: String
        public let localTag: String

        public init(callID: String, localTag: String) {
            self.callID = callID
            self.localTag = localTag
        }
    }

    public let callID: String
    /// From and To of our requests; the remote one gets its tag when it is known.
    public let local: NameAddress
    public private(set) var remote: NameAddress
    /// Where requests are addressed to: the peer's Contact.
    public private(set) var remoteTarget: SIPURI
    /// The Route of our requests: as the peer wrote it in Record-Route, unknown parameters and all.
    public private(set) var routeSet: [String]
    private var localSequence: UInt32
    private var remoteSequence: UInt32?

    public var id: ID { ID(callID: self.callID, localTag: self.local.tag ?? "") }
    /// Whether a request of ours was sent in it.
    public var hasBegun: Bool { self.localSequence > 0 }
    public var remoteTag: String? { self.remote.tag }

    /// The dialog that our first request asks for; `localTag` is fresh, and hard to guess.
    public init(callID: String, local: SIPURI, localTag: String, remote: SIPURI) {
        self.callID = callID
        self.local = NameAddress(uri: local, parameters: [.init("tag", localTag)])
        self.remote = NameAddress(uri: remote)
        self.remoteTarget = remote
        self.routeSet = []
        self.localSequence = 0
    }

    /// The dialog that a peer's first request makes ([RFC 3261 §12.1.1](https://www.rfc-editor.org/rfc/rfc3261#section-12.1.1));
    /// `nil` when the request lacks what a dialog needs.
    public init?(answering request: Request, localTag: String) {
        guard let callID = request.headers.callID, let from = request.headers.from, let to = request.headers.to,
            let toURI = to.sipURI, let target = request.headers.contact?.sipURI, from.tag != nil
        else { return nil }
        self.callID = callID
        let others = to.parameters.filter { $0.name != "tag" }
        self.local = NameAddress(
            displayName: to.displayName,
            uri: toURI,
            parameters: [.init("tag", localTag)] + others
        )
        self.remote = from
        self.remoteTarget = target
        self.routeSet = request.headers.elements(.recordRoute)
        self.localSequence = 0
        self.remoteSequence = request.headers.cSeq?.number
    }

    /// Takes note of a 2xx to our first request, or of the first NOTIFY, whichever comes first.
    ///
    /// What the peer says of itself beside its tag, as Microsoft's `epid`, is said to it in our requests.
    public mutating func established(by headers: Headers, remoteTag: String?, isResponse: Bool) {
        guard self.remote.tag == nil, let remoteTag else { return self.refreshTarget(headers) }
        self.remote.parameters.append(.init("tag", remoteTag))
        for parameter in (isResponse ? headers.to : headers.from)?.parameters ?? [] where parameter.name != "tag" {
            if !self.remote.parameters.contains(where: { $0.name == parameter.name }) {
                self.remote.parameters.append(parameter)
            }
        }
        // A response carries the route set in reverse, RFC 3261 §12.1.2.
        let routes = headers.elements(.recordRoute)
        self.routeSet = isResponse ? routes.reversed() : routes
        self.refreshTarget(headers)
    }

    /// The peer may move within a dialog ([RFC 3261 §12.2](https://www.rfc-editor.org/rfc/rfc3261#section-12.2)).
    public mutating func refreshTarget(_ headers: Headers) {
        if let target = headers.contact?.sipURI { self.remoteTarget = target }
    }

    /// The URI that says where our requests go ([RFC 3261 §12.2.1.1](https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.1)): the first of
    /// the route set, whether it is a loose router or a strict one, else the peer's Contact; `nil` before there is a dialog.
    public var nextHop: SIPURI? {
        guard self.remote.tag != nil else { return nil }
        return self.routeSet.first.map { NameAddress(parsing: $0)?.sipURI } ?? self.remoteTarget
    }

    /// Whether a request of the peer is newer than all before it
    /// ([RFC 3261 §12.2.2](https://www.rfc-editor.org/rfc/rfc3261#section-12.2.2)).
    public mutating func accepts(_ request: Request) -> Bool {
        guard let number = request.headers.cSeq?.number else { return false }
        if let known = self.remoteSequence, number <= known { return false }
        self.remoteSequence = number
        self.refreshTarget(request.headers)
        return true
    }

    /// Our next request in this dialog, without Via and Contact.
    public mutating func request(_ method: Method) -> Request {
        self.localSequence += 1
        return self.request(method, number: self.localSequence)
    }

    /// The ACK for a 2xx to our INVITE with that number ([RFC 3261 §13.2.2.4](https://www.rfc-editor.org/rfc/rfc3261#section-13.2.2.4)).
    public func acknowledgement(of number: UInt32) -> Request { self.request(.ack, number: number) }

    private func request(_ method: Method, number: UInt32) -> Request {
        var headers = Headers()
        let (target, routes) = self.path
        for route in routes { headers.append(.route, route) }
        headers.append(.maxForwards, "70")
        headers.append(.from, self.local.description)
        headers.append(.to, self.remote.description)
        headers.append(.callID, self.callID)
        headers.append(.cSeq, CSeq(number, method).description)
        return Request(method, uri: target, headers: headers)
    }

    /// Request-URI and Route ([RFC 3261 §12.2.1.1](https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.1)): a first route
    /// without `lr` is a strict router, which wants itself in the Request-URI and our peer at the end of the routes.
    private var path: (target: SIPURI, routes: [String]) {
        guard let first = self.routeSet.first, let router = NameAddress(parsing: first)?.sipURI,
            !router.hasParameter("lr")
        else { return (self.remoteTarget, self.routeSet) }
        var target = router
        // RFC 3261 §19.1.1: what may not stand in a Request-URI.
        target.headers = nil
        target.parameters.removeAll { $0.name == "method" }
        return (target, self.routeSet.dropFirst() + ["<\(self.remoteTarget)>"])
    }
}
