import Foundation

/// A condition that did not come true in time.
public struct ConditionNotMet: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) { self.description = description }
}

/// How long a test waits for what must happen: a machine that is slow, or has other things to do, is no reason to fail, and whoever
/// passes does not wait.
public let patience = Duration.seconds(60)

/// Waits until `condition` holds, looking every few milliseconds; the only place where a test waits for time to pass.
///
/// - Throws: ``ConditionNotMet`` with `what` when `deadline` has passed.
public func eventually(
    _ what: @autoclosure () -> String,
    within deadline: Duration = patience,
    _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let end = clock.now + deadline
    while true {
        if try await condition() { return }
        guard clock.now < end else { throw ConditionNotMet(description: "not within \(deadline): \(what())") }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// Waits until `value` is there.
public func eventually<Value>(
    _ what: @autoclosure () -> String,
    within deadline: Duration = patience,
    value: () async throws -> Value?
) async throws -> Value {
    var found: Value?
    try await eventually(what(), within: deadline) {
        found = try await value()
        return found != nil
    }
    guard let found else { throw ConditionNotMet(description: what()) }
    return found
}

/// Does something again and again at a pace: what a test's load is made of.
public func paced(by pace: Duration, times: Int, _ action: (Int) async throws -> Void) async throws {
    let clock = ContinuousClock()
    let start = clock.now
    for number in 0..<times {
        try await Task.sleep(until: start + pace * number, clock: clock)
        try await action(number)
    }
}
