import Hummingbird
import Policy
import Wire

/// Certificates: what the edges show, the wizard for a request, and what a CA has sent back.
extension ConsoleRoutes {
    private static let path = "certificates"

    func addCertificates(to group: RouterGroup<APIContext>) {
        let certificates = group.group("\(Self.path)")
        certificates.get { request, context in
            try await self.signedIn(request, context) { try await Self.certificates($0) }
        }
        certificates.get("request") { request, context in
            try await self.signedIn(request, context) { visit in
                let state = try await visit.api.get(["domains"]).document["items"]?.elements ?? []
                return Self.wizard(visit, CertificateForm(domains: state.compactMap { $0["domain"]?.text }))
            }
        }
        certificates.post("request") { request, context in
            try await self.submitted(request, context) { try await Self.request($0, $1) }
        }
        certificates.post("import") { request, context in
            try await self.submitted(request, context) { visit, form in
                try await Self.bringIn(visit, form)
            }
        }
        certificates.get(":key") { request, context in
            let key = try context.key()
            return try await self.signedIn(request, context) { try await Self.certificate(key, $0) }
        }
        certificates.post(":key/uses") { request, context in
            let key = try context.key()
            return try await self.submitted(request, context) { visit, form in
                try await Self.assign(key, visit, form)
            }
        }
        certificates.post(":key/remove") { request, context in
            let key = try context.key()
            return try await self.submitted(request, context) { visit, form in
                guard form["sure"] == "true" else { return Self.confirmRemoval(key, visit) }
                let answer = try await visit.api.send(.delete, ["certificates", key], [("reason", form["reason"])])
                guard answer.isSuccess else { return visit.problem(answer) }
                return Self.back("certificate \(key) is removed")
            }
        }
    }

    /// Takes a certificate in, with its key, which changes nothing for a peer; then shows what its uses would change.
    private static func bringIn(_ visit: ConsoleVisit, _ form: FormBody) async throws -> Response {
        let document: DocumentValue = [
            "data": .text(form["data"] ?? ""), "private-key": .text(form["private-key"] ?? ""),
            "friendly-name": .text(form["friendly-name"] ?? ""),
        ]
        let answer = try await visit.api.send(.post, ["certificates"], [("reason", form["reason"])], document)
        guard answer.isSuccess else { return visit.problem(answer) }
        let key = answer.document["id"]?.text ?? ""
        guard CertificateForm.uses(form).elements?.isEmpty == false else {
            return Self.back("certificate \(key) is here")
        }
        return try await Self.assign(key, visit, form.without(["data", "private-key", "friendly-name", "reason"]))
    }

    /// Puts a certificate to uses, once what that changes has been looked at.
    private static func assign(_ key: String, _ visit: ConsoleVisit, _ form: FormBody) async throws -> Response {
        let uses: DocumentValue = ["uses": CertificateForm.uses(form)]
        let isSure = form["sure"] == "true"
        let query = [("dry-run", isSure ? nil : "true"), ("reason", form["reason"])]
        let answer = try await visit.api.send(.put, ["certificates", key, "uses"], query, uses)
        guard answer.isSuccess else { return visit.problem(answer) }
        guard !isSure else { return Self.back("certificate \(key) is assigned") }
        return Self.review(
            visit,
            Self.path,
            title: "Assign certificate \(key)?",
            form,
            to: "\(Self.root)/\(Self.path)/\(key.inQuery)/uses",
            button: "Assign it",
            answer
        )
    }

    private static func back(_ done: String) -> Response {
        FrontResponder.redirect(to: "\(Self.root)/\(Self.path)?done=\(done.inQuery)")
    }

    // MARK: What there is

    private static func certificates(_ visit: ConsoleVisit) async throws -> Response {
        let answer = try await visit.api.get(["certificates"])
        guard answer.isSuccess else {
            return visit.render("Certificates", Self.path, problem: answer.words, status: answer.status, [])
        }
        let items = answer.document["items"]?.elements ?? []
        var blocks: [ConsoleBlock] = items.flatMap { item in
            (item["warnings"]?.elements ?? []).map { .message(.warning, "\(Self.name(item)): \($0.summary)") }
        }
        if visit.may(.post, "/v1/certificates/requests") {
            blocks.append(.links([("Request a certificate", "\(Self.root)/\(Self.path)/request", true)]))
        }
        blocks.append(
            .table(
                ConsoleTable(
                    caption: "Certificates",
                    columns: ["Name", "State", "Used for", "Names", "Key", "Valid until"],
                    rows: items.map { item in
                        [
                            ConsoleCell(Self.name(item), href: Self.href(item)), Self.state(item),
                            ConsoleCell(
                                (item["uses"]?.elements ?? []).map { $0.summary.uppercased() }.joined(separator: ", ")
                            ),
                            ConsoleCell(item["names"]?.summary ?? ""), ConsoleCell(item["key"]?.text ?? ""),
                            ConsoleCell(time: item["not-after"]),
                        ]
                    },
                    empty: "There is no certificate. Request one, or bring in what you have below."
                )
            )
        )
        if visit.may(.post, "/v1/certificates") { blocks += Self.importing }
        return visit.render(
            "Certificates",
            Self.path,
            introduction: "What the edges show to their peers, what was asked for, and until when.",
            blocks
        )
    }

    private static var importing: [ConsoleBlock] {
        var form = ConsoleForm(action: "\(Self.root)/\(Self.path)/import", button: "Bring it in")
        form.groups = [
            ConsoleForm.Group(
                title: "Bring in a certificate",
                inputs: [
                    ConsoleInput(
                        name: "data",
                        label: "Certificate and its chain",
                        kind: .lines(6),
                        hint: "PEM, as the CA has sent it. For PKCS#12 files: isthmusctl certificate import."
                    ),
                    ConsoleInput(
                        name: "private-key",
                        label: "Private key",
                        kind: .lines(6),
                        hint:
                            "PEM. Leave it empty when the certificate was requested here: the key is at cert-service already."
                    ),
                ]
            ), ConsoleForm.Group(title: "What for", inputs: CertificateForm.useInputs([])),
        ]
        return [.form(form)]
    }

    private static func name(_ item: DocumentValue) -> String {
        [item["friendly-name"]?.text, item["subject"]?.text, item["id"]?.text].compactMap(\.self)
            .first { !$0.isEmpty } ?? ""
    }

    private static func href(_ item: DocumentValue) -> String {
        "\(Self.root)/\(Self.path)/\((item["id"]?.text ?? "").inQuery)"
    }

    private static func state(_ item: DocumentValue) -> ConsoleCell {
        switch item["state"]?.text.flatMap(CertificateRecord.State.init) {
        case .active: ConsoleCell("active", tone: .good)
        case .pending: ConsoleCell("waiting for the CA", tone: .warning)
        case .unassigned: ConsoleCell("not used", tone: .quiet)
        case .expired: ConsoleCell("expired", tone: .bad)
        case nil: ConsoleCell(item["state"]?.text ?? "")
        }
    }

    // MARK: One of them

    private static func certificate(_ key: String, _ visit: ConsoleVisit) async throws -> Response {
        let answer = try await visit.api.get(["certificates"])
        guard answer.isSuccess else { return visit.problem(answer) }
        guard let item = answer.document["items"]?.elements?.first(where: { $0["id"]?.text == key }) else {
            return visit.problem(.notFound, "There is no certificate \(key).")
        }
        let warnings = (item["warnings"]?.elements ?? []).map {
            ConsoleBlock.message(.warning, $0.summary.capitalizedFirst)
        }
        var blocks =
            warnings
            + [
                .table(
                    ConsoleTable(caption: "The certificate", columns: ["Field", "Value"], rows: Self.rows(of: item))
                )
            ]
        let path = "\(Self.root)/\(Self.path)/\(key.inQuery)"
        if visit.may(.put, "/v1/certificates/{key}/uses"), item["state"]?.text != "pending" {
            var form = ConsoleForm(action: "\(path)/uses", button: "Review the change")
            let uses = (item["uses"]?.elements ?? []).map(\.summary)
            form.groups = [ConsoleForm.Group(title: "What it is used for", inputs: CertificateForm.useInputs(uses))]
            blocks.append(.form(form))
        }
        if visit.may(.delete, "/v1/certificates/{key}") {
            var form = ConsoleForm(action: "\(path)/remove", button: "Remove it and its key")
            form.isDangerous = true
            blocks.append(.form(form))
        }
        return visit.render(Self.name(item), Self.path, blocks)
    }

    /// What matters most comes first.
    private static let fields = [
        "state", "uses", "staged-uses", "names", "not-before", "not-after", "key", "exportable", "subject", "issuer",
        "fingerprint", "id",
    ]

    private static func rows(of item: DocumentValue) -> [[ConsoleCell]] {
        let order = item["order"] ?? .null
        let facts = Self.fields.map { ($0, item[$0]) } + ["progress", "explanation", "problem"].map { ($0, order[$0]) }
        return facts.compactMap { name, value in
            guard let value, !value.summary.isEmpty else { return nil }
            let cell =
                switch name {
                case "state": Self.state(item)
                case "not-before", "not-after": ConsoleCell(time: value)
                case "fingerprint": ConsoleCell(code: value.summary)
                case "uses", "staged-uses": ConsoleCell(value.summary.uppercased())
                default: ConsoleCell(ConsoleWords.value(value.summary, of: name))
                }
            return [ConsoleCell(ConsoleWords.label(name)), cell]
        }
    }

    private static func confirmRemoval(_ key: String, _ visit: ConsoleVisit) -> Response {
        let path = "\(Self.root)/\(Self.path)/\(key.inQuery)"
        var form = ConsoleForm(action: "\(path)/remove", button: "Remove it for good")
        form.isDangerous = true
        form.groups = [Self.reason]
        form.hidden = [("sure", "true")]
        form.back = path
        return visit.render(
            "Remove certificate \(key)?",
            Self.path,
            introduction:
                "Its key goes with it and cannot be had again. Peers that it serves will see another one, or none.",
            [.form(form)]
        )
    }

    // MARK: The wizard

    private static func wizard(
        _ visit: ConsoleVisit,
        _ wish: CertificateForm,
        refusal: ConsoleAPI.Answer? = nil
    ) -> Response {
        var form = ConsoleForm(action: "\(Self.root)/\(Self.path)/request", button: "Look at the summary")
        form.groups = wish.groups(mistakes: refusal?.mistakes ?? [])
        form.mistakes = (refusal?.mistakes ?? []).map { ($0.sentence, $0["field"]?.text) }
        form.back = "\(Self.root)/\(Self.path)"
        return visit.render(
            "Request a certificate",
            Self.path,
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
        var form = ConsoleForm(action: "\(Self.root)/\(Self.path)/request", button: "Make the key and the request")
        form.groups = [Self.reason]
        form.hidden = wish.carried + [("sure", "true")]
        form.back = "\(Self.root)/\(Self.path)/request"
        return visit.render(
            "Is this what you want?",
            Self.path,
            introduction: "Nothing is made yet.",
            [.code(label: "Request", answer.document["summary"]?.text ?? ""), .form(form)]
        )
    }

    private static func request(_ visit: ConsoleVisit, _ form: FormBody) async throws -> Response {
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
            Self.path,
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
                .links([("To the certificates", "\(Self.root)/\(Self.path)", true)]),
            ]
        )
    }
}
