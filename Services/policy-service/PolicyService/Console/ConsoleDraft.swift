import Foundation
import Policy

/// A form for an object, as it is sent to the browser and comes back.
struct ConsoleDraft {
    let collection: ConsoleCollection
    /// `nil` for a new object, empty for settings.
    let key: String?
    /// What is in the fields.
    var document: DocumentValue
    /// What was in them when the form was opened: only what differs from it is changed, so whoever changes something else
    /// of the same object at the same time loses nothing.
    var original: DocumentValue?
    /// The version that the author has looked at.
    var base: Int?
    /// The staged change that this is.
    var staged: Int?

    init(_ collection: ConsoleCollection, key: String?, _ document: DocumentValue, base: Int?) {
        self.collection = collection
        self.key = key
        self.document = document
        self.original = key == nil ? nil : document
        self.base = base
    }

    /// As somebody has sent it.
    init(_ collection: ConsoleCollection, _ form: FormBody) {
        let key = form["key"].flatMap { $0.isEmpty ? nil : $0 }
        self.collection = collection
        self.key = collection.isSettings ? "" : key
        self.original = form["original"].flatMap { try? DocumentValue(json: Data($0.utf8)) }
        self.base = form["base"].flatMap { Int($0) }
        self.staged = form["staged"].flatMap { Int($0) }
        self.document = Self.names(collection).reduce(.object([])) { document, name in
            guard let text = form["field-\(name)"],
                let field = ConsoleField(name, blank: collection.blank, document: collection.blank)
            else { return document }
            return document.merging(.object(name, field.value(of: text)))
        }
    }

    private static func names(_ collection: ConsoleCollection) -> [String] { collection.groups.flatMap(\.fields) }

    /// The change that it asks for.
    func change(isRemoval: Bool) -> StagedChange {
        let action: StagedChange.Action = isRemoval ? .remove : self.key == nil ? .add : .change
        return StagedChange(
            id: self.staged ?? 0,
            page: self.collection.path,
            collection: self.collection.apiPath,
            action: action,
            key: self.key ?? "",
            document: self.original.map { self.document.changes(from: $0) } ?? self.document
        )
    }

    func form(mistakes: [DocumentValue], isWriter: Bool) -> ConsoleForm {
        let blank = self.collection.blank
        let wrong = Dictionary(
            mistakes.flatMap { mistake in mistake.fieldNames.map { ($0, mistake.words) } }
        ) { "\($0). \($1)" }
        var form = ConsoleForm(action: "\(self.collection.href)/preview", button: isWriter ? "Review the change" : "")
        form.groups = self.collection.groups.map { group in
            ConsoleForm.Group(
                title: group.title,
                inputs: group.fields.compactMap { name in
                    guard name != self.collection.keyField || self.key == nil && !self.collection.hasGivenKey else {
                        return nil
                    }
                    let word = name.split(separator: ".").last.map(String.init) ?? name
                    return ConsoleField(name, blank: blank, document: blank.merging(self.document))?
                        .input(mistake: wrong[word])
                }
            )
        }
        let inputs = form.groups.flatMap(\.inputs)
        form.mistakes = mistakes.map { mistake in
            let names = mistake.fieldNames
            let input = inputs.first { input in
                names.contains { input.name == "field-\($0)" || input.name.hasSuffix(".\($0)") }
            }
            return ("\(mistake.fieldLabels)\(mistake.words)", input?.id)
        }
        form.hidden = [("key", self.key ?? ""), ("base", self.base.map(String.init) ?? "")]
        if let original { form.hidden.append(("original", original.json())) }
        if let staged { form.hidden.append(("staged", "\(staged)")) }
        if isWriter {
            form.other = ("Stage it with other changes", "\(self.collection.href)/stage")
            form.back = self.collection.isSettings ? nil : self.collection.href
        }
        return form
    }
}

extension DocumentValue {
    /// The fields that a mistake is about: one, or several that do not go together.
    var fieldNames: [String] {
        (self["field"]?.text ?? "").split { $0 == "," || $0 == " " }.map(String.init)
    }

    /// The same as people know them, with a colon.
    var fieldLabels: String {
        let labels = self.fieldNames.map(ConsoleWords.label).joined(separator: ", ")
        return labels.isEmpty ? "" : labels + ": "
    }

    /// What is wrong, and what would be right.
    var words: String {
        let value = self["value"]?.text ?? ""
        let isOne = !value.isEmpty && self.fieldNames.count == 1
        let (problem, remedy) = (self["problem"]?.text ?? "", self["remedy"]?.text ?? "")
        // Those of Lync's own words end with a full stop.
        let end = problem.hasSuffix(".") ? " See " : "; "
        return (isOne ? "“\(value)”: " : "") + problem + (remedy.isEmpty ? "" : end + remedy)
    }
}
