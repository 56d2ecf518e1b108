/// That somebody is, or is no longer, writing (XEP-0085, [RFC 3994](https://www.rfc-editor.org/rfc/rfc3994)).
public struct Composition: Equatable, Sendable {
    /// XEP-0085's states; RFC 3994 knows `composing` as "active" and all others as "idle".
    public enum State: Equatable, Sendable, CaseIterable { case active, composing, paused, inactive, gone }

    public let state: State
    public let thread: String?
    /// RFC 3994's refresh interval in seconds.
    public let refresh: UInt32?

    public init(state: State, thread: String? = nil, refresh: UInt32? = nil) {
        self.state = state
        self.thread = thread
        self.refresh = refresh
    }
}
