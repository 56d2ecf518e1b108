/// The types a setting can have.
extension SettingsReader {
    public mutating func string(_ key: String, default defaultValue: String?, hint: String) -> String {
        self.value(key, kind: "text", default: defaultValue, fallback: "", hint: hint) { $0 }
    }

    public mutating func optionalString(_ key: String, hint: String) -> String? {
        self.optionalValue(key, kind: "text", hint: hint) { $0 }
    }

    public mutating func int(_ key: String, default defaultValue: Int?, in range: ClosedRange<Int>, hint: String) -> Int
    {
        self.value(
            key,
            kind: "a number from \(range.lowerBound) to \(range.upperBound)",
            default: defaultValue.map(String.init),
            fallback: range.lowerBound,
            hint: hint
        ) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    public mutating func bool(_ key: String, default defaultValue: Bool, hint: String) -> Bool {
        self.value(
            key,
            kind: "true or false",
            default: "\(defaultValue)",
            fallback: defaultValue,
            hint: hint
        ) { text in
            switch text.lowercased() {
            case "true", "yes", "on", "1": true
            case "false", "no", "off", "0": false
            default: nil
            }
        }
    }

    /// A time: a whole number with `ms`, `s`, `m`, `h` or `d`; seconds without.
    public mutating func duration(
        _ key: String,
        default defaultValue: Duration,
        in range: ClosedRange<Duration> = .zero ... .seconds(366 * 86_400),
        hint: String
    ) -> Duration {
        self.value(
            key,
            kind: "a time from \(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))",
            default: DurationText.format(defaultValue),
            fallback: defaultValue,
            hint: hint
        ) { text in
            DurationText.parse(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// Texts with commas between them; in the YAML file also a list.
    public mutating func list(_ key: String, default defaultValue: [String] = [], hint: String) -> [String] {
        self.value(
            key,
            kind: "a list, with commas between",
            default: defaultValue.joined(separator: ","),
            fallback: defaultValue,
            hint: hint,
            parse: Self.elements(of:)
        )
    }

    /// `HOST:PORT` or `[IPV6]:PORT`.
    public mutating func endpoint(_ key: String, default defaultValue: String?, hint: String) -> Endpoint {
        self.value(
            key,
            kind: "HOST:PORT",
            default: defaultValue,
            fallback: Endpoint(host: "", port: 0),
            hint: hint
        ) { Endpoint($0) }
    }

    public mutating func optionalEndpoint(_ key: String, hint: String) -> Endpoint? {
        self.optionalValue(key, kind: "HOST:PORT", hint: hint) { Endpoint($0) }
    }

    /// Several of `HOST:PORT`, with commas between them.
    public mutating func endpoints(_ key: String, default defaultValue: [String], hint: String) -> [Endpoint] {
        self.value(
            key,
            kind: "a list of HOST:PORT",
            default: defaultValue.joined(separator: ","),
            fallback: [],
            hint: hint
        ) { text in
            let elements = Self.elements(of: text)
            let endpoints = elements.compactMap { Endpoint($0) }
            return endpoints.count == elements.count ? endpoints : nil
        }
    }

    /// The path of a file or folder; it need not exist.
    public mutating func path(_ key: String, default defaultValue: String?, hint: String) -> String {
        self.value(key, kind: "a path", default: defaultValue, fallback: "", hint: hint) { $0 }
    }

    public mutating func optionalPath(_ key: String, hint: String) -> String? {
        self.optionalValue(key, kind: "a path", hint: hint) { $0 }
    }

    /// One of the values of an enumeration, by its raw value.
    public mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String,
        default defaultValue: Choice,
        hint: String
    ) -> Choice {
        self.value(
            key,
            kind: "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "),
            default: defaultValue.rawValue,
            fallback: defaultValue,
            hint: hint
        ) { Choice(rawValue: $0.lowercased()) }
    }

    private static func elements(of text: String) -> [String] {
        text.split(separator: ",").map { String($0.trimmingSpaces()) }.filter { !$0.isEmpty }
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        var text = self.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
