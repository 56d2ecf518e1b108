import Policy
import Yams

/// On which line of a file of a configuration each object stands, and each of its fields.
struct YAMLPlaces {
    /// The objects of each section, as mistakes name them, and the field that names one.
    private static let sections: [String: (kind: String, key: String)] = [
        "partners": ("partner", "domain"), "domains": ("domain", "domain"), "users": ("user", "address"),
        "routes": ("route", "id"), "hosts": ("host", "host"),
    ]

    /// By `partner example.org`, and by `partner example.org: tls`; none where several objects have the same name.
    private var lines: [String: Int?] = [:]

    init(_ text: String) {
        guard let sections = try? Yams.compose(yaml: text)?.mapping else { return }
        for (name, node) in sections {
            guard let section = Self.sections[name.string ?? ""] else {
                self.note(name.string ?? "", node.mapping, name.mark)
                continue
            }
            for object in node.sequence.map({ Array($0) }) ?? [] {
                let key = object.mapping?[Node(section.key)]?.string ?? ""
                self.note(key.isEmpty ? section.kind : "\(section.kind) \(key)", object.mapping, object.mark)
            }
        }
    }

    private mutating func note(_ object: String, _ fields: Node.Mapping?, _ mark: Mark?) {
        func set(_ name: String, _ line: Int?) {
            let name = name.lowercased()
            self.lines[name] = .some(self.lines[name] == nil ? line : nil)
        }
        set(object, mark?.line)
        guard let fields else { return }
        for pair in fields { set("\(object): \(pair.key.string ?? "")", pair.key.mark?.line) }
    }

    /// A refusal of the file, with the line of each mistake.
    func located(_ refusal: Refusal) -> Refusal {
        var refusal = refusal
        refusal.mistakes = refusal.mistakes.map { mistake in
            let object = mistake["object"]?.text ?? ""
            let places = ["\(object): \(mistake["field"]?.text ?? "")", object].map { $0.lowercased() }
            guard let line = places.compactMap({ self.lines[$0] ?? nil }).first else { return mistake }
            return mistake.merging(["object": .text("line \(line), \(object)")])
        }
        return refusal
    }
}
