public import Logging

/// Writes each log event as one line of JSON on standard output, for `docker compose logs` to collect.
///
/// The keys are part of the product: docs/operations/logging.md lists them, and a golden test pins them. What is marked
/// ``Sensitivity/sensitive`` is left out, and no byte a peer sends can start a line of its own.
public struct JSONLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    private let service: String
    private let instance: String
    private let label: String
    private let now: @Sendable () -> Timestamp
    private let write: @Sendable ([UInt8]) -> Void

    public init(service: String, instance: String, label: String, level: Logger.Level = .info) {
        self.init(
            service: service,
            instance: instance,
            label: label,
            level: level,
            now: Timestamp.now,
            write: StandardOutput.write
        )
    }

    /// For tests: with a clock that stands still and a place to look.
    package init(
        service: String,
        instance: String,
        label: String,
        level: Logger.Level = .info,
        now: @escaping @Sendable () -> Timestamp,
        write: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.service = service
        self.instance = instance
        self.label = label
        self.logLevel = level
        self.now = now
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var metadata = self.metadata
        metadata.merge(self.metadataProvider?.get() ?? [:]) { $1 }
        metadata.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error { metadata["error"] = "\(error)" }

        var line = JSONWriter()
        line.raw("{")
        line.member("time", first: true)
        line.string(self.now().text)
        line.member("level")
        line.string(event.level.rawValue)
        line.member("service")
        line.string(self.service)
        line.member("instance")
        line.string(self.instance)
        if self.label != self.service {
            line.member("logger")
            line.string(self.label)
        }
        line.member("message")
        line.string(event.message.description)
        if !metadata.isEmpty {
            line.member("metadata")
            line.write(metadata)
        }
        line.raw("}\n")
        self.write(line.bytes)
    }
}

extension JSONWriter {
    /// What stands in the place of a value that must not be logged.
    private static let redacted = "<redacted>"

    fileprivate mutating func write(_ metadata: Logger.Metadata) {
        self.raw("{")
        var first = true
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            self.member(key, first: first)
            self.write(value)
            first = false
        }
        self.raw("}")
    }

    private mutating func write(_ value: Logger.MetadataValue) {
        if value.attributes[Sensitivity.self] == .sensitive { return self.string(Self.redacted) }
        switch value {
        case .string(let string): self.string(string)
        case .stringConvertible(let convertible): self.string(convertible.description)
        case .dictionary(let values): self.write(values)
        case .array(let values):
            self.raw("[")
            for (index, element) in values.enumerated() {
                if index > 0 { self.raw(",") }
                self.write(element)
            }
            self.raw("]")
        }
    }
}
