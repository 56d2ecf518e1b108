import HTTPTypes
import Hummingbird

/// The page on which one signs in, and where it leads.
enum ConsoleSignIn {
    private static let path = ConsoleRoutes.root + "/sign-in"

    static func page(_ page: ConsolePage, next: String?, hasEnded: Bool, problem: String?) -> Response {
        var form = ConsoleForm(action: self.path, button: "Sign in")
        let token = ConsoleInput(
            name: "token",
            label: "API token",
            kind: .password,
            hint: "It begins with “\(Tokens.prefix)”.",
            isRequired: true
        )
        form.groups = [ConsoleForm.Group(title: "Who you are", inputs: [token])]
        if let next, self.target(next) != ConsoleRoutes.root { form.hidden = [("next", next)] }
        let problem =
            problem ?? (hasEnded ? "Your session has ended. Sign in again; staged changes are still there." : nil)
        return page.render(
            ConsolePage.Frame(title: "Sign in", problem: problem),
            status: problem == nil || hasEnded ? .ok : .forbidden,
            [
                .form(form),
                .text(
                    "The first start of policy-service has left the administrator's token in the file of ISTHMUS_API_TOKEN_PATH; "
                        + "“isthmusctl token add NAME --role viewer|operator|admin” makes others."
                ),
            ]
        )
    }

    /// Asks somebody to sign in who is not, and remembers which page was wanted.
    static func redirect(from request: Request, hadSession: Bool) -> Response {
        guard hadSession else { return FrontResponder.redirect(to: self.path) }
        let wanted = request.method == .get ? "&next=\(request.uri.description.inQuery)" : ""
        return FrontResponder.redirect(to: "\(self.path)?ended=1\(wanted)")
    }

    /// Where to go then: a page of the console, nothing else.
    static func target(_ next: String?) -> String {
        guard let next, next.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x5C }), next.utf8.count < 2_000,
            next.hasPrefix(ConsoleRoutes.root + "/") || next.hasPrefix(ConsoleRoutes.root + "?")
        else { return ConsoleRoutes.root }
        // Browsers take a dot that is encoded for a dot (URL Standard, “double-dot URL path segment”).
        let path = next.prefix { $0 != "?" && $0 != "#" }.lowercased().replacing("%2e", with: ".")
        return path.contains("/..") || path.contains("//") ? ConsoleRoutes.root : next
    }
}
