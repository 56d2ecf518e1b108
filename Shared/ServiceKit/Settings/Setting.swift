/// A setting a service knows, as `--help` shows it.
struct Setting: Equatable {
    /// The key in the YAML file: `admin.listen`.
    let key: String
    /// What may stand there: `HOST:PORT`, `1…65535`, `true|false`.
    let kind: String
    /// What holds when nothing is set; nil when something must be set.
    let defaultValue: String?
    let hint: String

    /// The environment variable: `ISTHMUS_ADMIN_LISTEN`.
    var variable: String { Self.variable(for: self.key) }

    static let variablePrefix = "ISTHMUS_"

    static func variable(for key: String) -> String {
        self.variablePrefix + String(key.map { $0.isLetter || $0.isNumber ? Character($0.uppercased()) : "_" })
    }
}

/// Something wrong with the settings, with what would be right.
public struct SettingsMistake: Sendable, Equatable, CustomStringConvertible {
    /// Where it is: an environment variable or a key of the file, with its value unless that is a secret.
    public let place: String
    public let problem: String
    /// What would be right.
    public let hint: String

    public var description: String { "\(self.place): \(self.problem); \(self.hint)" }
}
