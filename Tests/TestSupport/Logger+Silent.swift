public import Logging

extension Logger {
    /// For what a test starts and nobody reads.
    public static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
