import XML

/// What a peer says, read by the real parser, and what a machine does with it.
///
/// Whatever is said: after the end nothing happens any more, and what one event sets off is bounded.
struct Conversation<Player: StreamPlayer>: ~Copyable {
    private var parser: XMLStreamParser
    private var machine: Player.Machine
    private var player: Player

    private let limits = XMLLimits(
        bytes: 16_384,
        elements: 64,
        attributes: 16,
        depth: 8,
        text: 8_192,
        streamBytes: 65_536
    )

    init?(_ player: Player) {
        guard let parser = try? XMLStreamParser(limits: self.limits, vocabulary: .stream) else { return nil }
        self.parser = parser
        self.player = player
        let beginning = player.beginning
        self.machine = beginning.machine
        for event in beginning.events { self.handle(event) }
    }

    mutating func says(_ bytes: ArraySlice<UInt8>) {
        for item in self.parser.feed(bytes) { self.handle(Player.Machine.event(item)) }
    }

    private mutating func handle(_ event: Player.Machine.Event) {
        var events = [event]
        while let event = events.first {
            events.removeFirst()
            let hadEnded = self.machine.hasEnded
            var actions: [Player.Machine.Action] = []
            self.machine.handle(event, into: &actions)
            precondition(!hadEnded || actions.isEmpty, "something happens after the end")
            precondition(actions.count <= 16, "one event sets off \(actions.count) actions")
            for action in actions {
                events += self.player.perform(action)
                if Player.Machine.beginsAnew(action) { self.parser.restart(limits: self.limits) }
            }
        }
        self.player.check(self.machine)
    }
}
