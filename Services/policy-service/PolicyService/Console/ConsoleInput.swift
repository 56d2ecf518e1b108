/// One field of a form as a page shows it.
struct ConsoleInput {
    enum Kind: Equatable {
        case text, number, password
        /// A date and a time, in UTC.
        case moment
        /// One of these values.
        case choice([(value: String, label: String)])
        case lines(Int)
        case check

        static func == (one: Kind, other: Kind) -> Bool {
            switch (one, other) {
            case (.text, .text), (.number, .number), (.password, .password), (.moment, .moment), (.check, .check): true
            case (.choice(let one), .choice(let other)): one.map(\.value) == other.map(\.value)
            case (.lines(let one), .lines(let other)): one == other
            case (_, _): false
            }
        }
    }

    var name: String
    var label: String
    var kind = Kind.text
    var value = ""
    var hint: String?
    /// What is wrong with the value.
    var mistake: String?
    var isRequired = false
    /// Whether it has the whole width: a sentence is written into it.
    var isWhole = false
    /// Its part in the negotiation of streams, for the live table.
    var part: String?

    /// What a choice means, of which the chosen one is shown.
    var explanations: [(value: String, text: String)] = []

    /// Names may have dots, ids do not.
    var id: String { self.name.replacing(".", with: "-") }

    /// A choice of words, the first for “any”.
    static func choice(
        _ name: String,
        _ label: String,
        any: String?,
        _ options: [String],
        _ value: String?
    ) -> ConsoleInput {
        let all = (any.map { [("", $0)] } ?? []) + options.map { ($0, ConsoleWords.value($0, of: name)) }
        return ConsoleInput(name: name, label: label, kind: .choice(all), value: value ?? "")
    }

    var values: [String: Any] {
        var values: [String: Any] = [
            "inputName": self.name, "inputID": self.id, "inputLabel": self.label, "inputValue": self.value,
            "isWhole": self.isWhole, "isMistaken": self.mistake != nil, "isRequired": self.isRequired,
            "isNumber": self.kind == .number,
            "isText": false, "isLines": false, "isChoice": false, "isCheck": false,
            "inputType": self.kind == .password ? "password" : self.kind == .moment ? "datetime-local" : "text",
            "isMoment": self.kind == .moment, "isSecret": self.kind == .password,
            "explanations": self.explanations.map { ["optionValue": $0.value, "explanation": $0.text] },
            "inputPart": self.part ?? "", "hasPart": self.part != nil,
            "inputHint": self.hint ?? "", "hasHint": self.hint != nil, "inputMistake": self.mistake ?? "",
        ]
        let described = [self.hint.map { _ in "hint-\(self.id)" }, self.mistake.map { _ in "mistake-\(self.id)" }]
        values["describedBy"] = described.compactMap(\.self).joined(separator: " ")
        values["isDescribed"] = self.hint != nil || self.mistake != nil
        switch self.kind {
        case .text, .number, .password, .moment: values["isText"] = true
        case .lines(let rows):
            values["isLines"] = true
            values["rows"] = rows
        case .check: values["isCheck"] = true
        case .choice(let options):
            values["isChoice"] = true
            values["options"] = options.map { option in
                [
                    "optionValue": option.value, "optionLabel": option.label, "isSelected": option.value == self.value,
                ] as [String: Any]
            }
        }
        return values
    }
}
