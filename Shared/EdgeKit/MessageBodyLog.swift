public import Logging
public import Messaging
public import Policy

extension Logger {
    /// Characters of a body that are logged at most: what a person types is shorter, and a log is no archive.
    public static let loggedBodyLength = 4_096

    /// Writes what a message says, where an administrator has switched that on (SPEC §1, `log-message-bodies`), at the level debug.
    ///
    /// Once for each edge that a message passes, when it is allowed to cross. Nothing else of the message is written, and nothing of
    /// notifications and receipts; the setting is warned about when it is committed.
    public func body(of message: NeutralMessage, _ settings: GatewaySettings) {
        guard settings.logMessageBodies, self.logLevel <= .debug, case .instantMessage(let text) = message.content,
            let body = text.body.first?.text
        else { return }
        self.debug(
            "Message body",
            metadata: ["message.id": "\(message.id)", "message.body": "\(body.prefix(Self.loggedBodyLength))"]
        )
    }
}
