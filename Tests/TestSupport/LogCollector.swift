public import Logging
import Synchronization

/// All that was logged, whatever the level.
public final class LogCollector: Sendable {
    private let collected = Mutex<[String]>([])

    public init() {}

    /// One line each: level, message, metadata.
    public var lines: [String] { self.collected.withLock { $0 } }
    public var text: String { self.lines.joined(separator: "\n") }

    /// A logger that logs here, or where there is no collector nowhere.
    public static func logger(_ label: String, to collector: LogCollector?) -> Logger {
        Logger(label: label) { _ in
            if let collector { return Handler(collector: collector) }
            return SwiftLogNoOpLogHandler()
        }
    }

    private func add(_ line: String) { self.collected.withLock { $0.append(line) } }

    private struct Handler: LogHandler {
        let collector: LogCollector
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            self.collector.add("\(event.level) \(event.message) \(event.metadata ?? [:])")
        }
    }
}
