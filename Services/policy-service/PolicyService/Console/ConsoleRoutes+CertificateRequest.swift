import Hummingbird
import Policy

/// The wizard for a request: the form, the summary before a key is made, and what comes of it.
extension ConsoleRoutes {
    /// The form, with what was wrong with it.
    static func wizard(
        _ visit: ConsoleVisit,
        _ wish: CertificateForm,
        refusal: ConsoleAPI.Answer? = nil
    ) -> Response {
        var form = ConsoleForm(action: "\(Self.root)/\(Self.certificatesPath)/request", button: "Look at the summary")
        form.groups = wish.groups(mistakes: refusal?.mistakes ?? [])
        form.mistakes = (refusal?.mistakes ?? []).map { ($0.sentence, $0["field"]?.text) }
        form.back = "\(Self.root)/\(Self.certificatesPath)"
        return visit.render(
            "Request a certificate",
            Self.certificatesPath,
            introduction: "cert-service makes a key, which stays there, and a request for it. "
                + "Before that you see all of it, with the names of the domains that are served.",
            problem: refusal.flatMap { $0.mistakes.isEmpty ? $0.words : nil },
            status: refusal?.status ?? .ok,
            [.form(form)]
        )
    }

    /// All that is asked for, before a key is made (SPEC §8).
    private static func summary(_ visit: ConsoleVisit, _ wish: CertificateForm) async throws -> Response {
        let answer = try await visit.api.send(.post, ["certificates", "requests"], [], wish.dryRun)
        guard answer.isSuccess else { return Self.wizard(visit, wish, refusal: answer) }
        var form = ConsoleForm(
            action: "\(Self.root)/\(Self.certificatesPath)/request",
            button: "Make the key and the request"
        )
        form.groups = [Self.reason]
        form.hidden = wish.carried + [("sure", "true")]
        form.back = "\(Self.root)/\(Self.certificatesPath)/request"
        return visit.render(
            "Is this what you want?",
            Self.certificatesPath,
            introduction: "Nothing is made yet.",
            [.code(label: "Request", answer.document["summary"]?.text ?? ""), .form(form)]
        )
    }

    /// Makes what was looked at.
    static func request(_ visit: ConsoleVisit, _ form: FormBody) async throws -> Response {
        let wish = CertificateForm(form)
        guard form["sure"] == "true" else { return try await Self.summary(visit, wish) }
        let answer = try await visit.api.send(
            .post,
            ["certificates", "requests"],
            [("reason", form["reason"])],
            wish.document
        )
        guard answer.isSuccess else { return Self.wizard(visit, wish, refusal: answer) }
        let certificate = answer.document["certificate"]?.text ?? ""
        return visit.render(
            "The request is made",
            Self.certificatesPath,
            introduction: wish.isOrdered
                ? "The CA is asked for it now; the list shows how far it is."
                : certificate.isEmpty
                    ? "Give this to your CA. What it sends back is brought in on the page of certificates; the key is there already."
                    : "The internal CA has signed it at once.",
            [
                .code(
                    label: certificate.isEmpty ? "Request" : "Certificate",
                    certificate.isEmpty ? answer.document["csr"]?.text ?? "" : certificate
                ),
                .links([("To the certificates", "\(Self.root)/\(Self.certificatesPath)", true)]),
            ]
        )
    }
}
