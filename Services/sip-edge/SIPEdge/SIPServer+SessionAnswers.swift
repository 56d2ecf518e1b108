import Interworking
import Logging
import Messaging
import NIOCore
import SIPCore
import ServiceKit

/// What our requests for sessions, and in them, come to.
extension SIPServer {
    func inviteAnswered(_ id: Dialog.ID, _ outcome: SIPOutcome) {
        guard let session = self.sessions[id] else { return }
        switch outcome {
        case .response(let response) where response.status.isSuccess: self.accepted(id, session, response)
        case .response(let response):
            self.note(DeliveryFailure(response), in: id)
            self.drive(id, .refused)
        case .failure(let failure):
            self.note(failure, in: id)
            self.drive(id, .refused)
        }
    }

    private func accepted(_ id: Dialog.ID, _ session: Session, _ response: Response) {
        var session = session
        session.dialog.established(
            by: response.headers,
            remoteTag: response.headers.to?.tag,
            isResponse: true
        )
        self.sessions[id] = session
        guard Self.takesMessages(response) else {
            // RFC 3261 §13.2.2.4: an answer we cannot use: acknowledged, and ended.
            self.acknowledge(id, session.inviteNumber)
            self.abandon(session.dialog, by: session.connection)
            self.note(.noMessagesThere, in: id)
            return self.drive(id, .refused)
        }
        if let description = SessionDescription(parsing: response.body) {
            let types = description.media.first { $0.port != 0 }?.acceptTypes
            session.takesIsComposing = types?.contains("application/im-iscomposing+xml") == true
            session.takesAlternatives = types?.contains("multipart/alternative") == true
        }
        session.timer = SessionTimer(answeredBy: response.headers)
        self.sessions[id] = session
        let tookFirst = session.embedsMessage && response.headers.tokens(.supported).contains("ms-text-format")
        self.drive(id, .accepted(tookFirst: tookFirst))
        self.drive(id, .refreshed(session.timer))
    }

    /// Whether the answer leaves a way for messages; one without a body is no refusal.
    private static func takesMessages(_ response: Response) -> Bool {
        guard response.headers.contentType?.essence == "application/sdp" else { return true }
        guard let description = SessionDescription(parsing: response.body) else { return false }
        return description.media.contains { $0.port != 0 && SessionOffer.Media(rawValue: $0.kind) != nil }
    }

    func answered(_ id: Dialog.ID, _ request: ClientTransaction.SessionRequest, _ outcome: SIPOutcome) {
        guard self.sessions[id] != nil else { return }
        switch request {
        case .message(let number): self.messageAnswered(id, number, outcome)
        case .typing: if outcome.isDialogGone { self.drive(id, .refreshFailed(dialogGone: true)) }
        case .bye: self.drive(id, .byeAnswered)
        case .refresh:
            self.sessions[id]?.isRefreshing = false
            if case .response(let response) = outcome, response.status.code == 491 {
                return self.drive(id, .refreshCrossed(pause: Self.pauseAfterCrossing(self.sessions[id])))
            }
            guard case .response(let response) = outcome, response.status.isSuccess else {
                return self.drive(id, .refreshFailed(dialogGone: outcome.isDialogGone))
            }
            self.acknowledge(id, response.headers.cSeq?.number ?? 0)
            self.sessions[id]?.dialog.refreshTarget(response.headers)
            self.sessions[id]?.timer = SessionTimer(answeredBy: response.headers)
            self.drive(id, .refreshed(self.sessions[id]?.timer))
        }
    }

    /// When a re-INVITE that was answered 491 is tried again, so that the two do not meet for ever: who owns the Call-ID waits longer
    /// ([RFC 3261 §14.1](https://www.rfc-editor.org/rfc/rfc3261#section-14.1)).
    private static func pauseAfterCrossing(_ session: Session?) -> Duration {
        let tens = session?.isFromPeer == true ? 0...200 : 210...400
        return .milliseconds(10 * Int.random(in: tens))
    }

    private func messageAnswered(_ id: Dialog.ID, _ number: UInt64, _ outcome: SIPOutcome) {
        switch outcome {
        case .response(let response) where response.status.isSuccess:
            self.sessions[id]?.messages[number]?.isUnconfirmed = response.status.code == 202
            self.drive(id, .answered(number, .taken))
        case .response(let response):
            self.note(DeliveryFailure(response), for: [number], in: id)
            self.drive(id, .answered(number, outcome.isDialogGone ? .dialogGone : .refused))
        case .failure(let failure):
            self.note(failure, for: [number], in: id)
            let isSilent = failure.reason == .nextHopTimeout || failure.reason == .nextHopUnreachable
            self.drive(id, .answered(number, isSilent ? .unknown : .refused))
        }
    }
}

extension SIPOutcome {
    /// Whether the peer, or a proxy on the way, has lost the dialog: 481 and 408, which
    /// [RFC 3261 §12.2.1.2](https://www.rfc-editor.org/rfc/rfc3261#section-12.2.1.2) names, and 430 and 480, which Microsoft's servers say.
    var isDialogGone: Bool {
        switch self {
        case .response(let response): [408, 430, 480, 481].contains(response.status.code)
        case .failure: false
        }
    }
}

extension DeliveryFailure {
    static let noMessagesThere = DeliveryFailure(
        .notAcceptable,
        reason: .peerRefused,
        text: "the SIP side took the session, but no messages in it"
    )
}
