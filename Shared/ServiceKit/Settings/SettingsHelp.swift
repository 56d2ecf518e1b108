/// What `--help` and a wrong configuration print.
package enum SettingsHelp {
    package static func text<Configuration: ServiceConfiguration>(
        service: String,
        version: String,
        of _: Configuration.Type
    ) -> String {
        var reader = SettingsReader(SettingsSource(environment: [:]))
        _ = CommonConfiguration(&reader)
        _ = Configuration(&reader)
        return """
            \(service) \(version), a service of the Isthmus gateway

            usage: \(service) [--help | --version | --check-configuration | --health]

            Without an argument it serves until SIGTERM. Settings are environment variables; ISTHMUS_CONFIG may name a
            YAML file that holds the same under its dotted keys (the environment wins).

            \(reader.settings.sorted { $0.key < $1.key }.map(self.entry).joined(separator: "\n\n"))

            """
    }

    package static func text(service: String, mistakes: [SettingsMistake]) -> String {
        let count = mistakes.count == 1 ? "one mistake" : "\(mistakes.count) mistakes"
        return "\(service): the configuration has \(count):\n" + mistakes.map { "  \($0)\n" }.joined()
    }

    private static func entry(_ setting: Setting) -> String {
        let value =
            switch setting.defaultValue {
            case nil: "required"
            case "": "default: none"
            case .some(let text): "default: \(text)"
            }
        return "  \(setting.variable)  (\(setting.key))\n      \(setting.hint)\n      \(setting.kind); \(value)"
    }
}
