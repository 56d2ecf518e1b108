public import XML

extension XMLVocabulary {
    /// The names that nearly every stanza is made of.
    public static let stream = XMLVocabulary(
        ["id", "type", "from", "to", "version", "h", "mechanism", "stamp", "node", "ver", "hash", "var"]
            .map { ("", $0) }
            + [(XMLElement.xmlNamespace, "lang")]
            + ["message", "presence", "iq", "body", "subject", "thread", "show", "status", "priority", "error"]
            .map { (Namespace.server, $0) }
            + ["stream", "features", "error"].map { (Namespace.stream, $0) }
            + ["a", "r", "enable", "enabled"].map { (Namespace.streamManagement, $0) }
            + ["active", "composing", "paused", "inactive", "gone"].map { (Namespace.chatStates, $0) }
            + ["request", "received"].map { (Namespace.receipts, $0) }
            + ["result", "verify"].map { (Namespace.dialback, $0) }
            + ["text", "service-unavailable", "item-not-found", "recipient-unavailable"].map {
                (Namespace.stanzaErrors, $0)
            }
            + [
                (Namespace.delay, "delay"), (Namespace.ping, "ping"), (Namespace.originID, "origin-id"),
                (Namespace.originID, "stanza-id"), (Namespace.entityCapabilities, "c"), (Namespace.idle, "idle"),
                (Namespace.vCardUpdate, "x"), (Namespace.vCardUpdate, "photo"), (Namespace.discoInfo, "query"),
            ]
    )
}
