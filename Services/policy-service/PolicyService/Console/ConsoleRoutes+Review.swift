import Hummingbird
import Policy

/// What a change that is no commit would do, before it is done: of certificates, of trust.
extension ConsoleRoutes {
    /// Shows what `ask` answers as a dry run, and asks for the reason; what was filled in is sent again with the answer.
    static func review(
        _ visit: ConsoleVisit,
        _ path: String,
        title: String,
        _ form: FormBody,
        to action: String,
        button: String,
        _ answer: ConsoleAPI.Answer
    ) -> Response {
        guard answer.document["changes"]?.elements?.isEmpty == false else {
            return visit.render(
                title,
                path,
                [.text("All is as you want it already."), .links([("Back", "\(Self.root)/\(path)", true)])]
            )
        }
        var commit = ConsoleForm(action: action, button: button)
        commit.groups = [Self.reason]
        commit.hidden = form.carried + [("sure", "true")]
        commit.back = "\(Self.root)/\(path)"
        let hasSteps = answer.document["steps"]?.elements?.isEmpty == false
        return visit.render(
            title,
            path,
            introduction: "Nothing is changed yet. This is what would be different.",
            Self.differences(answer)
                + (hasSteps ? [.heading("Whether it serves"), Self.steps(of: answer.document)] : [])
                + [.form(commit)]
        )
    }
}
