/// Finds what was set and means nothing: a slip of the pen that would otherwise pass unseen.
enum UnknownSettings {
    /// What isthmusctl, the scripts and the tests read: in the environment of whoever uses those it is no slip of the pen.
    private static let ofTools: Set<String> = [
        "ISTHMUS_API", "ISTHMUS_TOKEN_FILE", "ISTHMUS_STATE", "ISTHMUS_BIN", "ISTHMUS_ADDRESS", "ISTHMUS_PORT_BASE",
        "ISTHMUS_READY_TIMEOUT", "ISTHMUS_TAG", "ISTHMUS_CORPUS", "ISTHMUS_KEEP_SCRATCH",
    ]

    static func mistakes(known: [Setting], source: SettingsSource) -> [SettingsMistake] {
        let variables = Set(known.map(\.variable)).union([SettingsSource.fileVariable]).union(self.ofTools)
        let keys = Set(known.map(\.key))
        return source.environment.keys.sorted().filter { !variables.contains($0) }.map { name in
            self.mistake(name, among: variables.subtracting(self.ofTools), fileForm: name + "_FILE")
        }
            + source.file.keys.sorted().filter { !keys.contains($0) }.map { key in
                self.mistake(key, among: keys, fileForm: key + "-file")
            }
    }

    /// The value is left out: who sets a secret by a wrong name must not find it in a log.
    private static func mistake(_ name: String, among known: Set<String>, fileForm: String) -> SettingsMistake {
        let hint =
            if known.contains(fileForm) {
                "secrets are read from files only: set \(fileForm) to the path of a file"
            } else if let near = self.nearest(to: name, among: known) {
                "did you mean \(near)?"
            } else {
                "remove it; --help lists all settings"
            }
        return SettingsMistake(place: name, problem: "no setting of this service", hint: hint)
    }

    private static func nearest(to name: String, among known: Set<String>) -> String? {
        let candidates = known.sorted().map { (name: $0, distance: self.distance(Array(name.utf8), Array($0.utf8))) }
        return candidates.min { $0.distance < $1.distance }.flatMap { $0.distance <= 3 ? $0.name : nil }
    }

    /// The number of insertions, removals and replacements between two names (Levenshtein).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let substitution = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
            }
        }
        return row[right.count]
    }
}
