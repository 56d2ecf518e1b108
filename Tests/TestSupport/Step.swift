/// A line of a transcript: one thing that happens to a machine, and what the machine is to answer.
public struct Step<Event: Sendable, Action: Sendable>: Sendable {
    public let event: Event
    public let actions: [Action]

    public init(_ event: Event, _ actions: Action...) {
        self.event = event
        self.actions = actions
    }

    public init(_ event: Event, _ actions: [Action]) {
        self.event = event
        self.actions = actions
    }
}

extension Collection {
    /// Plays a transcript to a machine.
    ///
    /// - Returns: the first step that the machine answers otherwise, in words; nil when it answers each as written.
    public func misstep<Event, Action: Equatable>(
        _ handle: (Event) -> [Action]
    ) -> String? where Element == Step<Event, Action> {
        for (number, step) in self.enumerated() {
            let actions = handle(step.event)
            guard actions != step.actions else { continue }
            return "step \(number), \(step.event): \(actions) instead of \(step.actions)"
        }
        return nil
    }
}
