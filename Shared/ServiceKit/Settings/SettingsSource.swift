import Configuration
import Glibc
import Yams

/// Where settings come from: the environment, and under it a YAML file.
public struct SettingsSource: Sendable {
    /// The variable that names the YAML file.
    static let fileVariable = "ISTHMUS_CONFIG"

    /// The variables that start with `ISTHMUS_`, without the empty ones: `${X:-}` in a compose file means “not set”.
    let environment: [String: String]
    /// The file's values by their dotted keys.
    let file: [String: String]
    /// Why the file could not be read.
    let fileMistake: SettingsMistake?
    private let reader: ConfigReader

    public init(environment: [String: String], yaml: String? = nil) {
        self.init(environment: environment, file: yaml.map { .success($0) })
    }

    /// For tests: values by their dotted keys, as a file would give them.
    public init(values: [String: String]) {
        self.init(environment: [:], file: values, fileMistake: nil)
    }

    private init(environment: [String: String], file: Result<String, FileReadError>?) {
        let path = environment[Self.fileVariable] ?? "the file"
        do {
            let values = try file.map { try Self.flatten(yaml: try $0.get()) } ?? [:]
            self.init(environment: environment, file: values, fileMistake: nil)
        } catch {
            let mistake = SettingsMistake(
                place: "\(Self.fileVariable) = \(path)",
                problem: "\(error)",
                hint: "name a readable YAML file of sections and settings, or unset the variable"
            )
            self.init(environment: environment, file: [:], fileMistake: mistake)
        }
    }

    private init(environment: [String: String], file: [String: String], fileMistake: SettingsMistake?) {
        self.environment = environment.filter { $0.key.hasPrefix(Setting.variablePrefix) && !$0.value.isEmpty }
        self.file = file
        self.fileMistake = fileMistake
        let variables = EnvironmentVariablesProvider(environmentVariables: self.environment)
        let values = file.map { key, text in
            (AbsoluteConfigKey(Self.components(of: key)), ConfigValue(.string(text), isSecret: false))
        }
        self.reader = ConfigReader(providers: [
            variables.prefixKeys(with: ["isthmus"]),
            InMemoryProvider(name: "file", values: Dictionary(values) { $1 }),
        ])
    }

    /// The environment of this process and the file that `ISTHMUS_CONFIG` names.
    public static func process() -> SettingsSource {
        var variables: [String: String] = [:]
        var entry = environ
        while let variable = entry.pointee {
            let text = String(cString: variable)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry += 1
        }
        let path = variables[self.fileVariable].flatMap { $0.isEmpty ? nil : $0 }
        return SettingsSource(
            environment: variables,
            file: path.map { path in
                Result { () throws(FileReadError) in
                    String(decoding: try SmallFile.read(path, limit: SmallFile.configurationLimit), as: UTF8.self)
                }
            }
        )
    }

    func value(_ key: String) -> String? {
        self.reader.string(forKey: ConfigKey(Self.components(of: key)))
    }

    private static func components(of key: String) -> [String] {
        key.split(separator: ".").map(String.init)
    }

    /// Sections become dotted keys; a list becomes its elements with commas between, as in the environment.
    private static func flatten(yaml: String) throws -> [String: String] {
        guard let root = try Yams.compose(yaml: yaml) else { return [:] }
        guard case .mapping = root else { throw YAMLShapeError.notAMapping }
        var values: [String: String] = [:]
        var rest: [(prefix: String, node: Node)] = [("", root)]
        while let (prefix, node) = rest.popLast() {
            switch node {
            case .mapping(let mapping):
                for (key, value) in mapping {
                    guard let name = key.string else { throw YAMLShapeError.keyNotText(under: prefix) }
                    rest.append((prefix.isEmpty ? name : "\(prefix).\(name)", value))
                }
            case .sequence(let sequence):
                values[prefix] = try sequence.map { element in
                    guard case .scalar(let scalar) = element else { throw YAMLShapeError.listOfOther(at: prefix) }
                    return scalar.string
                }.joined(separator: ",")
            case .scalar(let scalar):
                values[prefix] = scalar.string
            case .alias:
                throw YAMLShapeError.alias(at: prefix)
            }
        }
        return values
    }
}

/// A YAML file that is none of settings.
private enum YAMLShapeError: Error, CustomStringConvertible {
    case notAMapping
    case keyNotText(under: String)
    case listOfOther(at: String)
    case alias(at: String)

    var description: String {
        switch self {
        case .notAMapping: "it holds no sections"
        case .keyNotText(let section): "a key under “\(section)” is no text"
        case .listOfOther(let key): "the list “\(key)” holds something other than plain values"
        case .alias(let key): "“\(key)” is a YAML alias"
        }
    }
}
