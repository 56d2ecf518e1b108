import SIPCore
import Synchronization
import TestSupport
import XML

/// juliet, a SIP user who is watched by contacts on both XMPP servers and watches them: the server's side of her presence, and her own.
///
/// Whatever ends a dialog, both sides of it are made anew as a SIP server and a SIP client do.
final class SoakPresence: Sendable {
    /// A dialog in which she tells a contact how she is.
    private struct Telling {
        let subscribe: Request
        var number = 0
        /// The branch of the latest NOTIFY.
        var branch: String?
    }

    /// A dialog in which she is told how a contact is.
    private struct Watching {
        var callID: String
        var number = 1
        var remoteTag: String?
        /// The branch of the latest SUBSCRIBE.
        var branch: String?
        /// The gateway has ended it.
        var isOver = false
    }

    private struct State {
        var read = 0
        var note = ""
        var tellings: [String: Telling] = [:]
        var watchings: [String: Watching] = [:]
        /// What she was told of each contact, in order.
        var seen: [String: [String]] = [:]
        var counter = 0
        /// How often a dialog was lost and made anew, on either side.
        var renewals = 0
        var isEnding = false
    }

    private let state = Mutex(State())
    private let peer: SIPPeer
    private let gateway: String

    init(_ peer: SIPPeer, gateway: String) {
        self.peer = peer
        self.gateway = gateway
    }

    var renewals: Int { self.state.withLock { $0.renewals } }
    func seen(of contact: String) -> [String] { self.state.withLock { $0.seen[contact] ?? [] } }

    /// Her note from now on; told with the next ``turn()``.
    func note(_ note: String) { self.state.withLock { $0.note = note } }

    func watch(_ contact: String) async throws { try await self.subscribe(contact, isNew: true) }

    /// Ends all she watches.
    func endWatching() async throws {
        let contacts = self.state.withLock { state in
            state.isEnding = true
            return Array(state.watchings.keys)
        }
        for contact in contacts { try await self.subscribe(contact, isNew: false, expires: 0) }
    }

    // MARK: A turn

    /// Takes in what has arrived, makes anew what was lost, and tells her note.
    func turn(refreshes: Bool) async throws {
        self.readRequests()
        for (watcher, telling) in self.state.withLock({ $0.tellings }) {
            if let branch = telling.branch, self.peer.fates[branch] == .answered(481) {
                self.state.withLock { $0.tellings[watcher] = nil }
            } else {
                try await self.notify(watcher)
            }
        }
        for (contact, watching) in self.state.withLock({ $0.watchings }) {
            guard !watching.isOver else {
                try await self.subscribe(contact, isNew: true)
                continue
            }
            switch watching.branch.flatMap({ self.peer.fates[$0] }) {
            case .answered(let status) where status >= 300: try await self.subscribe(contact, isNew: true)
            case .connectionLost: try await self.subscribe(contact, isNew: watching.remoteTag == nil)
            case .answered: if refreshes { try await self.subscribe(contact, isNew: false) }
            case nil: break
            }
        }
    }

    private func readRequests() {
        let requests = self.peer.requests
        self.state.withLock { state in
            for request in requests.dropFirst(state.read) {
                switch request.method {
                case .subscribe: self.subscribed(request, &state)
                case .notify: self.notified(request, &state)
                default: break
                }
            }
            state.read = requests.count
        }
    }

    private func subscribed(_ request: Request, _ state: inout State) {
        guard let watcher = request.headers.from?.sipURI?.addressOfRecord else { return }
        if request.headers.expires == 0 {
            state.tellings[watcher] = nil
        } else if state.tellings[watcher]?.subscribe.headers.callID != request.headers.callID {
            if state.tellings[watcher] != nil { state.renewals += 1 }
            state.tellings[watcher] = Telling(subscribe: request)
        }
    }

    private func notified(_ request: Request, _ state: inout State) {
        guard let contact = request.headers.from?.sipURI?.addressOfRecord,
            var watching = state.watchings[contact], watching.callID == request.headers.callID
        else { return }
        watching.remoteTag = request.headers.from?.tag
        let body = String(decoding: request.body, as: UTF8.self)
        if let note = body.firstMatch(of: /<note[^>]*>([^<]*)</)?.1 {
            state.seen[contact, default: []].append(String(note))
        }
        watching.isOver = request.headers.subscriptionState?.token == "terminated" && !state.isEnding
        state.watchings[contact] = watching
    }

    // MARK: Requests

    private func notify(_ watcher: String) async throws {
        let (telling, note) = self.state.withLock { state in
            state.tellings[watcher]?.number += 1
            return (state.tellings[watcher], state.note)
        }
        guard let telling else { return }
        let subscribe = telling.subscribe
        let body = """
            <?xml version="1.0" encoding="UTF-8"?>
            <presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:juliet@sip.test">
              <tuple id="desk"><status><basic>open</basic></status><note>\(note)</note></tuple>
            </presence>
            """
        let branch = try await self.peer.send(.notify, from: "juliet@sip.test", to: watcher, host: self.gateway) {
            $0.headers[.from] = (subscribe.headers[.to] ?? "") + ";tag=peer"
            $0.headers[.to] = subscribe.headers[.from]
            $0.headers[.callID] = subscribe.headers.callID
            $0.headers[.cSeq] = "\(telling.number) NOTIFY"
            $0.headers.append(.event, "presence")
            $0.headers.append(.subscriptionState, "active;expires=3600")
            $0.headers.append(.contact, "<sip:juliet@\(self.peer.address):5060;transport=tcp>")
            $0.headers.append(.contentType, "application/pidf+xml")
            $0.body = Array(body.utf8)
        }
        self.state.withLock { $0.tellings[watcher]?.branch = branch }
    }

    private func subscribe(_ contact: String, isNew: Bool, expires: Int = 600) async throws {
        let watching = self.state.withLock { state in
            if isNew {
                state.counter += 1
                if state.watchings[contact] != nil { state.renewals += 1 }
                state.watchings[contact] = Watching(callID: "watch\(state.counter)@\(self.peer.address)")
            } else {
                state.watchings[contact]?.number += 1
            }
            return state.watchings[contact]
        }
        guard let watching else { return }
        let branch = try await self.peer.send(.subscribe, from: "juliet@sip.test", to: contact, host: self.gateway) {
            $0.headers[.from] = "<sip:juliet@sip.test>;tag=juliet"
            if let tag = watching.remoteTag { $0.headers[.to] = "<sip:\(contact)>;tag=\(tag)" }
            $0.headers[.callID] = watching.callID
            $0.headers[.cSeq] = "\(watching.number) SUBSCRIBE"
            $0.headers.append(.event, "presence")
            $0.headers.append(.accept, "application/pidf+xml")
            $0.headers.append(.expires, String(expires))
            $0.headers.append(.contact, "<sip:juliet@\(self.peer.address):5060;transport=tcp>")
        }
        self.state.withLock { $0.watchings[contact]?.branch = branch }
    }
}

extension SIPURI {
    /// user@host.
    fileprivate var addressOfRecord: String { "\(self.user ?? "")@\(self.host)" }
}
