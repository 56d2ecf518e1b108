import Hummingbird
import Policy
import Wire

/// Certificates: what the edges show, and what a CA has sent back.
extension ConsoleRoutes {
    static let certificatesPath = "certificates"

    func addCertificates(to group: RouterGroup<APIContext>) {
        let certificates = group.group("\(Self.certificatesPath)")
        certificates.get { request, context in
            try await self.signedIn(request, context) { try await Self.certificates($0) }
        }
        certificates.get("request") { request, context in
            try await self.signedIn(request, context) { visit in
                let entry = "/v1/certificates/requests"
                guard visit.may(.post, entry) else { return visit.forbidden(.post, entry) }
                let state = try await visit.api.get(["domains"]).document["items"]?.elements ?? []
                return Self.wizard(visit, CertificateForm(domains: state.compactMap { $0["domain"]?.text }))
            }
        }
        certificates.post("request") { request, context in
            try await self.submitted(request, context) { try await Self.request($0, $1) }
        }
        certificates.get("import") { request, context in
            try await self.signedIn(request, context) { visit in
                let entry = "/v1/certificates"
                return visit.may(.post, entry) ? Self.importing(visit) : visit.forbidden(.post, entry)
            }
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
        certificates.post("test") { request, context in
            try await self.submitted(request, context) { visit, _ in
                try await Self.test("certificates", of: Self.certificatesPath, visit)
            }
        }
        certificates.post(":key/check") { request, context in
            let key = try context.key()
            return try await self.submitted(request, context) { visit, _ in
                let answer = try await visit.api.send(.post, ["certificates", "checks"], [], ["id": .text(key)])
                guard answer.isSuccess else { return visit.problem(answer) }
                let back = "\(Self.root)/\(Self.certificatesPath)/\(key.inQuery)"
                return Self.report(
                    answer.document,
                    Self.certificatesPath,
                    again: ConsoleForm(action: "\(back)/check", button: "Check again"),
                    back: back,
                    visit
                )
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
            Self.certificatesPath,
            title: "Assign certificate \(key)?",
            form,
            to: "\(Self.root)/\(Self.certificatesPath)/\(key.inQuery)/uses",
            button: "Assign it",
            answer
        )
    }

    private static func back(_ done: String) -> Response {
        FrontResponder.redirect(to: "\(Self.root)/\(Self.certificatesPath)?done=\(done.inQuery)")
    }

    // MARK: What there is

    private static func certificates(_ visit: ConsoleVisit) async throws -> Response {
        let answer = try await visit.api.get(["certificates"])
        guard answer.isSuccess else {
            return visit.render("Certificates", Self.certificatesPath, problem: answer.words, status: answer.status, [])
        }
        let items = answer.document["items"]?.elements ?? []
        var blocks: [ConsoleBlock] = items.flatMap { item in
            (item["warnings"]?.elements ?? []).map { .message(.warning, "\(Self.name(item)): \($0.summary)") }
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
                    empty: "There is no certificate. Request one, or bring in what you have."
                )
            )
        )
        if !items.isEmpty, visit.may(.post, "/v1/tests/certificates") {
            blocks.append(
                .form(
                    ConsoleForm(
                        action: "\(Self.root)/\(Self.certificatesPath)/test",
                        button: "Do they serve all domains?"
                    )
                )
            )
        }
        let actions: [(ConsoleBlock.Link, String)] = [
            (
                ("Request a certificate", "\(Self.root)/\(Self.certificatesPath)/request", true),
                "/v1/certificates/requests"
            ),
            (("Bring in a certificate", "\(Self.root)/\(Self.certificatesPath)/import", false), "/v1/certificates"),
        ]
        return visit.render(
            "Certificates",
            Self.certificatesPath,
            introduction: "What the edges show to their peers, what was asked for, and until when.",
            actions: actions.filter { visit.may(.post, $0.1) }.map(\.0),
            blocks
        )
    }

    private static func importing(_ visit: ConsoleVisit) -> Response {
        var form = ConsoleForm(action: "\(Self.root)/\(Self.certificatesPath)/import", button: "Bring it in")
        form.groups = [
            ConsoleForm.Group(
                title: "What the CA has sent",
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
        form.back = "\(Self.root)/\(Self.certificatesPath)"
        return visit.render(
            "Bring in a certificate",
            Self.certificatesPath,
            introduction: "What its uses change is shown before it serves anybody.",
            [.form(form)]
        )
    }

    private static func name(_ item: DocumentValue) -> String {
        [item["friendly-name"]?.text, item["subject"]?.text, item["id"]?.text].compactMap(\.self)
            .first { !$0.isEmpty } ?? ""
    }

    private static func href(_ item: DocumentValue) -> String {
        "\(Self.root)/\(Self.certificatesPath)/\((item["id"]?.text ?? "").inQuery)"
    }

    /// One that is made by itself and shown to nobody is in reserve.
    private static func isReserve(_ item: DocumentValue) -> Bool {
        item["made-for"]?.text != nil && item["xmpp-domains"]?.elements?.isEmpty != false
            && item["sip-domains"]?.elements?.isEmpty != false
    }

    private static func state(_ item: DocumentValue) -> ConsoleCell {
        if Self.isReserve(item) { return ConsoleCell("in reserve", tone: .quiet) }
        return switch item["state"]?.text.flatMap(CertificateRecord.State.init) {
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
        let isAutomatic = item["made-for"]?.text != nil
        if isAutomatic {
            blocks.append(
                .text(
                    "It comes, is renewed and goes with its domain, and is shown where no other certificate is assigned."
                )
            )
        } else {
            blocks += Self.around(item, key, visit)
        }
        return visit.render(Self.name(item), Self.certificatesPath, blocks)
    }

    /// What can be done with one that somebody asked for.
    private static func around(_ item: DocumentValue, _ key: String, _ visit: ConsoleVisit) -> [ConsoleBlock] {
        let path = "\(Self.root)/\(Self.certificatesPath)/\(key.inQuery)"
        let isPending = item["state"]?.text == "pending"
        var blocks: [ConsoleBlock] = []
        if visit.may(.put, "/v1/certificates/{key}/uses"), !isPending {
            var form = ConsoleForm(action: "\(path)/uses", button: "Review the change")
            let uses = (item["uses"]?.elements ?? []).map(\.summary)
            form.groups = [ConsoleForm.Group(title: "What it is used for", inputs: CertificateForm.useInputs(uses))]
            blocks.append(.form(form))
        }
        var forms: [ConsoleForm?] = []
        if !isPending, visit.may(.post, "/v1/certificates/checks") {
            forms.append(ConsoleForm(action: "\(path)/check", button: "Does it serve?"))
        }
        forms.append(Self.button(for: "certificate-renewal", "Renew it", of: key, visit))
        // Only a CA that was asked by ACME can be told.
        if !isPending, item["order"] ?? .null != .null, item["order"]?["revoked"] ?? .null == .null {
            forms.append(Self.button(for: "certificate-revocation", "Revoke it", of: key, visit))
        }
        forms.append(Self.button(for: "certificate-removal", "Remove it and its key", of: key, visit))
        let found = forms.compactMap(\.self)
        if !found.isEmpty { blocks += [.heading("What can be done with it"), .forms(found)] }
        if item["exportable"]?.flag == true, visit.may(.post, "/v1/certificates/{key}/exports") {
            blocks.append(.text("With its key as PKCS#12, under a passphrase: isthmusctl certificate export \(key)"))
        }
        return blocks
    }

    /// What matters most comes first.
    private static let fields = [
        "state", "uses", "staged-uses", "made-for", "xmpp-domains", "sip-domains", "names", "not-before", "not-after",
        "key", "exportable", "subject", "issuer",
        "fingerprint", "id",
    ]

    private static func rows(of item: DocumentValue) -> [[ConsoleCell]] {
        let order = item["order"] ?? .null
        let facts =
            Self.fields.map { ($0, item[$0]) }
            + ["progress", "renewal", "next-attempt", "explanation", "problem", "revoked"].map { ($0, order[$0]) }
        return facts.compactMap { name, value in
            guard let value, !value.summary.isEmpty else { return nil }
            let cell =
                switch name {
                case "state": Self.state(item)
                case "not-before", "not-after", "renewal", "next-attempt", "revoked": ConsoleCell(time: value)
                case "fingerprint": ConsoleCell(code: value.summary)
                case "uses", "staged-uses": ConsoleCell(value.summary.uppercased())
                default: ConsoleCell(ConsoleWords.value(value.summary, of: name))
                }
            return [ConsoleCell(ConsoleWords.label(name)), cell]
        }
    }
}
