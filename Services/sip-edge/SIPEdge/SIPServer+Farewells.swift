import SIPCore

/// Subscriptions that we have ended.
extension SIPServer {
    /// How long, in seconds, the last NOTIFY of a subscription that we have ended may take: Timer N of RFC 6665 §4.1.2.4.
    private static let farewellTime: Int64 = 32

    /// The notifier says once more that it is over: that is answered, and changes nothing
    /// ([RFC 6665 §4.1.2.3](https://www.rfc-editor.org/rfc/rfc6665#section-4.1.2.3)).
    func awaitFarewell(_ dialog: Dialog.ID) {
        guard self.farewells.count < self.configuration.limits.subscriptions else { return }
        self.farewells.insert(dialog)
        self.setTimer(.farewell(dialog), seconds: Self.farewellTime)
    }

    /// Whether a NOTIFY is of a subscription that we have ended; its last one is expected once.
    func isFarewell(_ request: Request) -> Bool {
        guard let callID = request.headers.callID, let tag = request.headers.to?.tag else { return false }
        let dialog = Dialog.ID(callID: callID, localTag: tag)
        guard self.farewells.contains(dialog) else { return false }
        if request.headers.subscriptionState?.token == "terminated" { self.farewells.remove(dialog) }
        return true
    }
}
