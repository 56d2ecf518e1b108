import XML

/// What one side takes on a stream ([XEP-0478](https://xmpp.org/extensions/xep-0478.html)): told in the features, and by the initiating server of a
/// bidirectional stream in its request.
public struct StreamLimits: Equatable, Sendable {
    /// The largest stanza taken, as it is on the wire.
    public var maximumBytes: Int?
    /// The seconds of silence endured.
    public var idleSeconds: Int?

    public init(maximumBytes: Int? = nil, idleSeconds: Int? = nil) {
        self.maximumBytes = maximumBytes
        self.idleSeconds = idleSeconds
    }

    /// Reads the `<limits/>` in `element`; what makes no sense is no limit.
    init(in element: XMLElement) {
        guard let limits = element.child("limits", Namespace.limits) else { return }
        func number(_ name: String) -> Int? {
            limits.child(name, Namespace.limits).flatMap { Int($0.text) }.flatMap { $0 > 0 ? $0 : nil }
        }
        self.maximumBytes = number("max-bytes")
        self.idleSeconds = number("idle-seconds")
    }

    /// The `<limits/>`, if there are any.
    var element: XMLElement? {
        let limits = [("max-bytes", self.maximumBytes), ("idle-seconds", self.idleSeconds)].compactMap { name, value in
            value.map { XMLElement(name, namespace: Namespace.limits, text: String($0)) }
        }
        return limits.isEmpty ? nil : XMLElement("limits", namespace: Namespace.limits, elements: limits)
    }
}
