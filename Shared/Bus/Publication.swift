public import Wire

/// What a subscriber is told about another service's publications.
public enum Publication: Sendable {
    /// From now on everything is seen; what was published before is not. Whoever needs it asks for it now.
    case began
    /// The next publication, in order.
    case body(Body)
    /// Publications were lost. What comes now is in order again.
    case gap
    /// The connection is lost; ``began`` follows when it is there again.
    case ended
}
