import Hummingbird
import Policy

/// What a change that is no commit would do, before it is done: of certificates, of trust, of tokens.
extension ConsoleRoutes {
    /// How it is asked.
    struct ReviewWords {
        var introduction = "This is what would be different."
        /// What has to be typed, so that nobody does it by one click too many.
        var typed: String?
        /// Whether something else was typed.
        var hasMistyped = false
        var isDangerous = false
    }

    /// Shows what `ask` answers as a dry run, and asks for the reason; what was filled in is sent again with the answer.
    static func review(
        _ visit: ConsoleVisit,
        _ path: String,
        title: String,
        _ form: FormBody,
        to action: String,
        button: String,
        _ answer: ConsoleAPI.Answer,
        _ words: ReviewWords = ReviewWords()
    ) -> Response {
        guard answer.document["changes"]?.elements?.isEmpty == false else {
            return visit.render(
                title,
                path,
                [.text("All is as you want it already."), .links([("Back", "\(Self.root)/\(path)", true)])]
            )
        }
        var commit = ConsoleForm(action: action, button: button)
        commit.isDangerous = words.isDangerous
        commit.groups = [Self.reason]
        if let typed = words.typed {
            let mistake = "This is not “\(typed)”."
            let input = ConsoleInput(
                name: "typed",
                label: "Type “\(typed)” to go on",
                mistake: words.hasMistyped ? mistake : nil,
                isRequired: true
            )
            commit.groups.append(ConsoleForm.Group(title: "Are you sure?", inputs: [input]))
            if words.hasMistyped { commit.mistakes = [(mistake, input.id)] }
        }
        commit.hidden = form.carried + [("sure", "true")]
        commit.back = "\(Self.root)/\(path)"
        let hasSteps = answer.document["steps"]?.elements?.isEmpty == false
        return visit.render(
            title,
            path,
            introduction: "Nothing is changed yet. \(words.introduction)",
            status: words.hasMistyped ? .unprocessableContent : .ok,
            Self.differences(answer)
                + (hasSteps ? [.heading("What to mind"), Self.steps(of: answer.document)] : [])
                + [.form(commit)]
        )
    }
}
