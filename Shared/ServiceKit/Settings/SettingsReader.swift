/// Reads typed settings, and remembers what there is, what holds and what is wrong.
///
/// A setting `section.name` is the variable `ISTHMUS_SECTION_NAME` or, under it, the key of the YAML file that
/// `ISTHMUS_CONFIG` names. Nothing throws: a mistake is recorded and a harmless value is returned, so that one start
/// shows every mistake. Secrets come from files only; see ``secret(_:hint:)``.
public struct SettingsReader {
    private let source: SettingsSource
    private(set) var settings: [Setting] = []
    public private(set) var mistakes: [SettingsMistake] = []
    /// What holds, by key, for the log line of the start.
    ///
    /// A secret shows the name of its file.
    package private(set) var effective: [String: String] = [:]

    public init(_ source: SettingsSource) {
        self.source = source
    }

    /// Every mistake: those of the values that were read, and the settings that nobody knows.
    ///
    /// Call it when everything has been read.
    public mutating func finish() -> [SettingsMistake] {
        if let mistake = self.source.fileMistake { self.mistakes.append(mistake) }
        self.mistakes += UnknownSettings.mistakes(known: self.settings, source: self.source)
        return self.mistakes
    }

    /// Records a mistake that only the service can see: settings that contradict each other.
    public mutating func reject(_ key: String, problem: String, hint: String) {
        self.mistakes.append(
            SettingsMistake(place: self.place(key, value: self.source.value(key)), problem: problem, hint: hint)
        )
    }

    /// A value of any type: `parse` returns nil for a text that is none.
    ///
    /// - Parameters:
    ///   - key: The key in the YAML file: `admin.listen`.
    ///   - kind: What may stand there, for `--help`: `HOST:PORT`.
    ///   - defaultText: What holds when nothing is set, in the form in which it would be set; nil: it must be set.
    ///   - fallback: What to return after a mistake. It is never used.
    ///   - hint: What the setting is for, one line.
    ///   - parse: Makes the value of its text.
    /// - Returns: The value.
    public mutating func value<Value>(
        _ key: String,
        kind: String,
        default defaultText: String?,
        fallback: @autoclosure () -> Value,
        hint: String,
        parse: (String) -> Value?
    ) -> Value {
        self.declare(key, kind: kind, default: defaultText, hint: hint)
        guard let text = self.source.value(key) ?? defaultText else {
            self.mistakes.append(
                SettingsMistake(
                    place: Setting.variable(for: key),
                    problem: "not set",
                    hint: "set it to \(kind): \(hint)"
                )
            )
            return fallback()
        }
        self.effective[key] = text
        guard let value = parse(text) else {
            self.reject(key, problem: "not \(kind)", hint: Self.advice(default: defaultText, hint: hint))
            return fallback()
        }
        return value
    }

    /// A value of any type that may be absent.
    public mutating func optionalValue<Value>(
        _ key: String,
        kind: String,
        hint: String,
        parse: (String) -> Value?
    ) -> Value? {
        self.declare(key, kind: kind, default: "", hint: hint)
        guard let text = self.source.value(key) else { return nil }
        self.effective[key] = text
        guard let value = parse(text) else {
            self.reject(key, problem: "not \(kind)", hint: hint)
            return nil
        }
        return value
    }

    /// The content of the file that the setting `KEY-file` (`ISTHMUS_…_FILE`) names; nil when it is not set.
    ///
    /// A secret cannot be given in the environment or in the YAML file, where other processes and backups see it.
    public mutating func secret(_ key: String, hint: String) -> Secret? {
        let path = self.optionalValue("\(key)-file", kind: "the path of a file", hint: hint) { $0 }
        guard let path else { return nil }
        do throws(FileReadError) {
            var bytes = try SmallFile.read(path, limit: SmallFile.configurationLimit)
            while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { bytes.removeLast() }
            if bytes.isEmpty { self.reject("\(key)-file", problem: "the file is empty", hint: hint) }
            return Secret(bytes)
        } catch {
            self.reject("\(key)-file", problem: "\(error)", hint: hint)
            return nil
        }
    }

    private mutating func declare(_ key: String, kind: String, default defaultText: String?, hint: String) {
        assert(!self.settings.contains { $0.key == key }, "the setting \(key) is read twice")
        self.settings.append(Setting(key: key, kind: kind, defaultValue: defaultText, hint: hint))
    }

    private func place(_ key: String, value: String?) -> String {
        let variable = Setting.variable(for: key)
        let name = self.source.environment[variable] == nil && self.source.file[key] != nil ? key : variable
        return value.map { "\(name) = \($0)" } ?? name
    }

    private static func advice(default defaultText: String?, hint: String) -> String {
        guard let defaultText, !defaultText.isEmpty else { return hint }
        return "\(hint); for example \(defaultText)"
    }
}
