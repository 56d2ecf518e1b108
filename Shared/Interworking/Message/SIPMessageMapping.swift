public import Messaging
internal import Presence
public import SIPCore

/// MESSAGE requests ⇄ neutral messages: [RFC 7572](https://www.rfc-editor.org/rfc/rfc7572).
public enum SIPMessageMapping {
    /// Who writes to whom: From and the Request-URI ([RFC 7572 §5](https://www.rfc-editor.org/rfc/rfc7572#section-5), table 2).
    ///
    /// That the peer may speak for From, and that the other address is an XMPP user's, is for the caller to check. A request
    /// for a SIPS URI is never translated ([RFC 7247 §8](https://www.rfc-editor.org/rfc/rfc7247#section-8)).
    public static func addresses(of request: Request) throws(DeliveryFailure) -> (from: Address, to: Address) {
        guard let from = request.headers.from else {
            throw DeliveryFailure(.badRequest, reason: .malformed, text: "The From of the request is malformed.")
        }
        guard request.requestURI?.scheme != .sips, request.headers.to?.sipURI?.scheme != .sips else {
            throw DeliveryFailure(
                .notAcceptable,
                reason: .notSupported,
                text: "A SIPS URI asks for TLS on every hop, which nobody can promise on the XMPP side.",
                sipStatus: 416
            )
        }
        let sender: Address
        do { sender = try Address(from.uri) } catch { throw DeliveryFailure(error) }
        do {
            return (sender, try Address(request.target))
        } catch {
            let failure = DeliveryFailure(error)
            let status = error == .unsupportedScheme ? 416 : 404
            throw DeliveryFailure(failure.condition, reason: failure.reason, text: failure.text, sipStatus: status)
        }
    }

    /// What a MESSAGE means.
    ///
    /// `addresses` are those of the request, where the caller has read them already; `now`, in milliseconds since 1970, tells
    /// a message sent a while ago from one sent just now.
    public static func interpret(
        _ request: Request,
        addresses: (from: Address, to: Address)? = nil,
        id: MessageID,
        now: Int64
    ) -> Interpretation {
        let resolved: (from: Address, to: Address)
        if let addresses {
            resolved = addresses
        } else {
            do { resolved = try self.addresses(of: request) } catch { return .refuse(error) }
        }
        guard resolved.to.user != nil, resolved.from.user != nil else {
            return .refuse(
                DeliveryFailure(
                    .itemNotFound,
                    reason: .notSupported,
                    text: "Only users can write and be written to.",
                    sipStatus: 404
                )
            )
        }
        return MessageRequest(request, from: resolved.from, to: resolved.to).interpretation(id: id, now: now)
    }

    /// Whether a SIP user's message asks for a notification of what becomes of it.
    public static func asksForNotification(_ message: NeutralMessage) -> Bool {
        guard case .instantMessage(let content) = message.content else { return false }
        return content.originID.flatMap { IMDNReference($0) } != nil
    }

    /// The MESSAGE that says this to a SIP user.
    ///
    /// `nil` where SIP has no word for it: the end of a chat without a session, a presence, a subscription; and a receipt that
    /// nobody has asked for. `now`, in milliseconds since 1970, is for documents that have a time in them.
    public static func parts(
        for message: NeutralMessage,
        options: SIPMessageOptions = SIPMessageOptions(),
        now: Int64
    ) throws(DeliveryFailure) -> SIPMessageParts? {
        let from = SIPURI(message.from)
        let to = SIPURI(options.addressesDevice ? message.to : message.to.bare)
        let content: Content
        switch message.content {
        case .instantMessage(let instantMessage):
            content = self.content(of: instantMessage, of: message, from: from, to: to, options: options, now: now)
        case .composition(let composition):
            guard let document = IsComposing.write(composition) else { return nil }
            content = Content(thread: composition.thread, headers: .contentType(IsComposing.mediaType), body: document)
        case .deliveryReceipt(let receipt):
            let contact = SIPURI(message.from.bare).description
            let told = self.content(of: receipt, id: message.id, from: contact, to: to.description, now: now)
            guard let told else { return nil }
            content = told
        case .subscriptionRequest, .subscriptionState, .presence, .presenceProbe, .sessionOpened, .sessionClosed:
            return nil
        }
        let parts = SIPMessageParts(
            requestURI: to,
            from: from,
            to: to,
            callID: content.thread.map { CallID.make(thread: $0) },
            headers: content.headers,
            body: content.body
        )
        guard parts.estimatedSize <= options.sizeLimit else {
            throw DeliveryFailure(
                .policyViolation,
                reason: .sizeLimit,
                text: "The message would be a SIP request of more than \(options.sizeLimit) bytes."
            )
        }
        return parts
    }

    private struct Content {
        let thread: String?
        let headers: Headers
        let body: [UInt8]
    }

    /// A notification for who has asked for one; for the rest, that the message did not arrive, in words.
    private static func content(
        of receipt: DeliveryReceipt,
        id: MessageID,
        from: String,
        to: String,
        now: Int64
    ) -> Content? {
        let reference = IMDNReference(receipt.originID)
        if let reference, reference.wanted.contains(receipt.outcome) {
            let body = IMDN.write(receipt.outcome, of: reference, id: id.rawValue, from: from, to: to, at: now)
            return Content(thread: nil, headers: .contentType("message/cpim"), body: body)
        }
        // The branch of a request is our name for its message, where its sender gave it none. Any other id was never ours.
        guard receipt.outcome == .failed, reference != nil || receipt.originID.hasPrefix(Via.magicCookie) else {
            return nil
        }
        return self.notice(of: receipt)
    }

    /// What the sender of a plain MESSAGE is told whose message came back after its transaction was over (ADR 10).
    private static func notice(of receipt: DeliveryReceipt) -> Content {
        let reason = receipt.failure.map { ErrorText.bounded($0.text) } ?? "The other side did not say why."
        var headers = Headers.contentType("text/plain;charset=UTF-8")
        // Our words, then those of the XMPP side in its own language (RFC 3261 §20.13: a list).
        headers.append(.contentLanguage, receipt.failure?.language.map { "en, \($0)" } ?? "en")
        return Content(
            thread: receipt.thread,
            headers: headers,
            body: Array("Your message could not be delivered: \(reason)".utf8)
        )
    }

    /// Note: of the texts in several languages the first crosses.
    ///
    /// RFC 7572 does not say; a `multipart/alternative` of them would be refused by most SIP clients.
    private static func content(
        of message: InstantMessage,
        of neutral: NeutralMessage,
        from: SIPURI,
        to: SIPURI,
        options: SIPMessageOptions,
        now: Int64
    ) -> Content {
        let text = message.body.first ?? LocalizedText("")
        let subject = message.subject.first.flatMap { HeaderText.bounded(HeaderText.oneLine($0.text)) }
        if options.usesCPIM, message.wantsReceipt, let id = message.originID {
            let body = CPIMMessage.write(
                text,
                id: id,
                subject: subject,
                from: from.description,
                to: to.description,
                sentAt: neutral.sentAt ?? now
            )
            return Content(thread: message.thread, headers: .contentType("message/cpim"), body: body)
        }
        var headers = Headers.contentType("text/plain;charset=UTF-8")
        if let language = LanguageTag.checked(text.language) { headers.append(.contentLanguage, language) }
        if let subject { headers.append(.subject, subject) }
        if let sentAt = neutral.sentAt { headers.append(.date, SIPDate.format(sentAt)) }
        return Content(thread: message.thread, headers: headers, body: Array(text.text.utf8))
    }
}

extension Headers {
    fileprivate static func contentType(_ type: String) -> Headers { Headers([.init(.contentType, type)]) }
}
