public import XML
public import XMPPCore

/// A machine of streams, as both roles have it.
public protocol FuzzedMachine {
    associatedtype Event
    associatedtype Action

    var hasEnded: Bool { get }
    mutating func handle(_ event: Event, into actions: inout [Action])

    /// What an item of the peer's stream is to it.
    static func event(_ item: XMLStreamParser.Item) -> Event
    /// Whether what is read after `action` is a new stream.
    static func beginsAnew(_ action: Action) -> Bool
}

extension InboundStream: FuzzedMachine {
    public static func event(_ item: XMLStreamParser.Item) -> Event {
        switch item {
        case .opened(let root, let namespaces):
            do throws(StreamError) {
                return .opened(try StreamHeader(root, namespaces: namespaces), streamID: "s")
            } catch {
                return .openedWrongly(error, streamID: "s")
            }
        case .element(let element, let isLast): return .element(element, isLast: isLast)
        case .whitespace: return .whitespace
        case .closed: return .closedByPeer
        case .failed(let error): return .parserFailed(error)
        }
    }

    public static func beginsAnew(_ action: Action) -> Bool { action == .restart || action == .startTLS }
}

extension OutboundStream: FuzzedMachine {
    public static func event(_ item: XMLStreamParser.Item) -> Event {
        switch item {
        case .opened(let root, let namespaces):
            do throws(StreamError) {
                return .opened(try StreamHeader(root, namespaces: namespaces))
            } catch {
                return .openedWrongly(error)
            }
        case .element(let element, let isLast): return .element(element, isLast: isLast)
        case .whitespace: return .whitespace
        case .closed: return .closedByPeer
        case .failed(let error): return .parserFailed(error)
        }
    }

    public static func beginsAnew(_ action: Action) -> Bool { action == .restart }
}
