public import Messaging
public import SIPCore

/// The final response that tells a SIP sender of a failure.
public struct SIPAnswer: Equatable, Sendable {
    public let status: Status
    /// What the status must or may have beside it: Warning, Retry-After, Accept or Contact.
    public let headers: Headers

    /// The answer to a request for `recipient`; `agent` is who warns, our host name.
    public init(_ failure: DeliveryFailure, recipient: Address, agent: String) {
        let code = Self.code(of: failure, recipient: recipient)
        var headers = Headers([.init(.warning, "399 \(agent) \(ErrorText.quoted(failure.text))")])
        switch code {
        case 301, 302:
            if let alternative = failure.alternative { headers.append(.contact, "<\(SIPURI(alternative.bare))>") }
        // RFC 3261 §§ 20.44, 20.27: a challenge must be there. One of a scheme that no client knows makes none of them
        // send a password.
        case 401: headers.append(HeaderName("WWW-Authenticate"), "XMPP realm=\"\(recipient.domain)\"")
        case 407: headers.append(HeaderName("Proxy-Authenticate"), "XMPP realm=\"\(recipient.domain)\"")
        case 405: headers.append(.allow, SIPCapabilities.allow)
        case 415:
            headers.append(.accept, SIPCapabilities.accept)
            headers.append(.acceptEncoding, "identity")
        default: break
        }
        if let seconds = StatusTable.retryAfter(failure.reason) {
            headers.append(.retryAfter, String(seconds))
        }
        self.status = Status(code)
        self.headers = headers
    }

    private static func code(of failure: DeliveryFailure, recipient: Address) -> Int {
        // The step that failed knows best; a status that came from a SIP server is never passed to another as it is.
        if let status = failure.sipStatus, failure.reason != .peerRefused, (400..<700).contains(status), status != 408 {
            return status
        }
        guard failure.reason == .peerRefused else {
            return StatusTable.status(of: failure.reason, condition: failure.condition)
        }
        return StatusTable.status(
            of: failure.condition,
            relatesToDevice: recipient.instance != nil,
            hasAlternative: failure.alternative != nil
        )
    }
}

/// What the gateway says of itself to SIP.
public enum SIPCapabilities {
    /// The methods that are served.
    public static let allow =
        "INVITE, ACK, CANCEL, BYE, MESSAGE, INFO, UPDATE, SUBSCRIBE, NOTIFY, BENOTIFY, OPTIONS"
    /// The types of body that MESSAGE may have.
    public static let accept =
        "text/plain, text/html, text/rtf, message/cpim, message/imdn+xml, application/im-iscomposing+xml, multipart/alternative, multipart/mixed"
}
