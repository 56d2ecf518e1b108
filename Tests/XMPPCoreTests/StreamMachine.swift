import XMPPCore

/// What the machines of streams have in common, for transcripts.
protocol StreamMachine {
    associatedtype Event
    associatedtype Action

    mutating func handle(_ event: Event, into actions: inout [Action])
}

extension StreamMachine {
    /// What the machine does about `events`, one after another.
    @discardableResult
    mutating func actions(after events: Event...) -> [Action] {
        var actions: [Action] = []
        for event in events { self.handle(event, into: &actions) }
        return actions
    }
}

extension InboundStream: StreamMachine {}
extension OutboundStream: StreamMachine {}
extension ComponentStream: StreamMachine {}
