import Synchronization

/// Whether a service can do its work: named conditions that its parts report.
///
/// A service is ready when every condition is met. A part announces its condition as not met when it is made, so that
/// `/readyz` does not say “ready” before the part has begun.
public final class Health: Sendable {
    /// One thing that must hold.
    public struct Condition: Sendable, Equatable {
        public var ready: Bool
        /// Why, for people.
        public var detail: String
    }

    private let state = Mutex<[String: Condition]>([:])

    public init() {}

    /// Reports a condition by its name, a constant: `listener`, `policy-snapshot`.
    public func set(_ name: String, ready: Bool, detail: String = "") {
        self.state.withLock { $0[name] = Condition(ready: ready, detail: detail) }
    }

    public var conditions: [String: Condition] { self.state.withLock { $0 } }

    public var isReady: Bool { self.state.withLock { $0.values.allSatisfy(\.ready) } }

    /// The answer of `/readyz`.
    var report: (ready: Bool, json: [UInt8]) {
        let conditions = self.conditions
        let ready = conditions.values.allSatisfy(\.ready)
        var json = JSONWriter()
        json.raw(ready ? "{\"status\":\"ready\",\"conditions\":{" : "{\"status\":\"not-ready\",\"conditions\":{")
        for (index, (name, condition)) in conditions.sorted(by: { $0.key < $1.key }).enumerated() {
            json.member(name, first: index == 0)
            json.raw(condition.ready ? "{\"ready\":true,\"detail\":" : "{\"ready\":false,\"detail\":")
            json.string(condition.detail)
            json.raw("}")
        }
        json.raw("}}\n")
        return (ready, json.bytes)
    }
}
