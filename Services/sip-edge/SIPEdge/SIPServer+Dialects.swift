import Bus
import Interworking
import Logging
import Messaging
import NIOCore
import Policy
import SIPCore
import ServiceKit

/// How the servers of our users take messages: as a route says, else as they show
/// (docs/adr/0011-message-or-session.md).
extension SIPServer {
    /// How messages for a local user are sent when there is no session with it.
    func dialect(of user: Address) -> StaticRoute.Dialect {
        let route = self.policy.routes(to: user).first
        if let pinned = route?.dialect, pinned != .auto { return pinned }
        return self.dialects[user.domain] ?? route.flatMap { self.product(behind: $0) } ?? .rfc
    }

    private func isPinned(_ user: Address) -> Bool {
        self.policy.routes(to: user).first.map { $0.dialect != .auto } ?? false
    }

    /// A user who opens a session has a server that takes them.
    func learnDialect(of user: Address, from request: Request, _ media: SessionOffer.Media) {
        let product = request.headers[.userAgent].flatMap { MicrosoftProduct($0) }
        switch media {
        case .xMSMessage: self.learn(.lcs2005, for: user.domain, "m=x-ms-message")
        case .message:
            self.learn(product?.dialect ?? .ocs2007, for: user.domain, "m=message")
        }
    }

    /// A next hop that says what it is; asked of answers that are few: those to OPTIONS, and refusals.
    func noteProduct(of hop: NextHop, _ headers: Headers) {
        guard let text = headers[.server] ?? headers[.userAgent] else { return }
        self.hops[hop]?.product = MicrosoftProduct(text)?.dialect
    }

    private func learn(_ dialect: StaticRoute.Dialect, for domain: String, _ why: String) {
        guard self.dialects[domain] != dialect, self.policy.isLocal(domain) else { return }
        self.dialects[domain] = dialect
        self.logger.info(
            "Dialect found out",
            metadata: ["sip.domain": "\(domain)", "sip.dialect": "\(dialect.rawValue)", "reason": "\(why)"]
        )
    }

    /// A MESSAGE that was refused for what it is, by a server that takes sessions, is said in one.
    func turnToSession(_ message: NeutralMessage, _ token: TrafficToken, _ response: Response) -> Bool {
        guard case .instantMessage = message.content, !self.isPinned(message.to),
            self.dialects[message.to.domain] == nil, response.refusesMethod, token.deadline > .now()
        else { return false }
        let product = response.headers[.server].flatMap { MicrosoftProduct($0) }
        self.learn(product?.dialect ?? .ocs2007, for: message.to.domain, "\(response.status) to MESSAGE")
        var outgoing = SessionMessage(message, token)
        outgoing.attempts = 1
        outgoing.failure = DeliveryFailure(response)
        return self.sendInSession(outgoing)
    }

    /// A session that was refused for what it is, by a server that was taken for one that wants them: MESSAGE is tried.
    func turnToPage(_ outgoing: SessionMessage, _ failure: DeliveryFailure) -> Bool {
        guard outgoing.attempts == 0, let status = failure.sipStatus, [405, 415, 488, 501].contains(status),
            !self.isPinned(outgoing.message.to), outgoing.token.deadline > .now()
        else { return false }
        self.learn(.rfc, for: outgoing.message.to.domain, "\(status) to INVITE")
        self.sendPage(outgoing.message, outgoing.token)
        return true
    }
}

extension Response {
    /// Whether MESSAGE outside dialogs is what is refused: by its status, or by Microsoft's 1027, “cannot route this type of SIP
    /// request to or from federated partners”.
    fileprivate var refusesMethod: Bool {
        if self.headers[MicrosoftDiagnostics.name]?.hasPrefix("1027") == true { return true }
        guard self.status.code == 405 || self.status.code == 501 else { return false }
        let allowed = self.headers.tokens(.allow)
        return allowed.isEmpty || allowed.contains("invite")
    }
}

extension StaticRoute.Dialect {
    /// How its sessions are described; `nil` where messages are sent outside of them.
    var media: SessionOffer.Media? {
        switch self {
        case .auto, .rfc: nil
        case .lcs2005: .xMSMessage
        case .ocs2007, .lync: .message
        }
    }
}

extension MicrosoftProduct {
    fileprivate var dialect: StaticRoute.Dialect {
        switch self.family {
        case .lcs2005: .lcs2005
        case .ocs2007: .ocs2007
        case .lync: .lync
        }
    }
}
