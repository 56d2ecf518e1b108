import Bus
import Interworking
import Messaging
import NIOCore
import NetworkKit
import SIPCore
import ServiceKit

/// Asking SIP users for notifications of delivery ([RFC 5438](https://www.rfc-editor.org/rfc/rfc5438)): those only who are known to take them,
/// for many servers and phones refuse CPIM.
extension SIPServer {
    /// Whoever asks for a notification knows what one is.
    func learnNotifications(of message: NeutralMessage) {
        guard SIPMessageMapping.asksForNotification(message) else { return }
        self.notifiedUsers.update(message.from.bare, initial: true) { $0 = true }
        self.metrics.notifiedUsers.set(self.notifiedUsers.count)
    }

    /// Whether the user this message is for is asked for a notification; then it is not the answer to the request that says it has arrived.
    func isAskedForNotifications(_ message: NeutralMessage) -> Bool {
        guard case .instantMessage(let content) = message.content else { return false }
        return content.wantsReceipt && content.originID != nil && self.notifiedUsers[message.to.bare] == true
    }

    /// A message that was refused because it asks is sent again without, and its recipient is not asked any more: another device of the user may
    /// know less.
    func stopsAsking(_ message: NeutralMessage, _ token: TrafficToken, _ response: Response) -> Bool {
        guard self.notificationsAsked.remove(message.id) != nil, [400, 406, 415, 488].contains(response.status.code),
            token.deadline > .now()
        else { return false }
        self.notifiedUsers.update(message.to.bare, initial: false) { $0 = false }
        self.sendPage(message, token)
        return true
    }
}
