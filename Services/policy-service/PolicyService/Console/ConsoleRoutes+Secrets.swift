import Hummingbird
import Policy

/// What the gateway proves itself with and never shows: the dialback secrets, the master key, the account at the ACME CA.
extension ConsoleRoutes {
    private static let secretsPath = "secrets"

    func addSecrets(to group: RouterGroup<APIContext>) {
        group.get("\(Self.secretsPath)") { request, context in
            try await self.signedIn(request, context) { try await Self.secrets($0) }
        }
    }

    private static func secrets(_ visit: ConsoleVisit) async throws -> Response {
        async let dialback = visit.api.get(["dialback"])
        async let certificates = visit.api.get(["certificates"])
        async let account = visit.api.get(["acme-account"])
        let found = try await (dialback, certificates, account)
        return visit.render(
            "Secrets",
            Self.secretsPath,
            introduction:
                "What the gateway proves itself with. None of it is ever shown; each can be replaced without a restart.",
            [.heading("Dialback secrets")] + Self.dialback(found.0, visit)
                + [.heading("Master key")] + Self.masterKey(found.1, visit)
                + [.heading("Account at the ACME CA")] + Self.account(found.2, visit)
        )
    }

    private static func dialback(_ answer: ConsoleAPI.Answer, _ visit: ConsoleVisit) -> [ConsoleBlock] {
        guard answer.isSuccess else { return [.message(.bad, answer.words)] }
        let rows = (answer.document["secrets"]?.elements ?? []).map { secret in
            let isCurrent = secret["state"]?.text == "current"
            return [
                ConsoleCell(code: secret["id"]?.text ?? ""),
                ConsoleCell(isCurrent ? "current" : "previous", tone: isCurrent ? .good : .quiet),
                ConsoleCell(time: secret["created-at"]), ConsoleCell(time: secret["ends-at"]),
            ]
        }
        var blocks: [ConsoleBlock] = [
            .text("Servers of partners ask whether a stream is ours; the answer is made with these."),
            .table(
                ConsoleTable(caption: "Dialback secrets", columns: ["Id", "State", "Made", "Ends"], rows: rows)
            ),
        ]
        if answer.document["passphrase"]?.flag == true {
            blocks.append(.text("It is a passphrase: it is replaced in the files it was given in."))
        } else if let form = Self.button(for: "dialback-rotation", "Make a new secret", visit) {
            blocks.append(.form(form))
        }
        return blocks
    }

    private static func masterKey(_ answer: ConsoleAPI.Answer, _ visit: ConsoleVisit) -> [ConsoleBlock] {
        guard answer.isSuccess else { return [.message(.bad, answer.words)] }
        let count = answer.document["items"]?.elements?.count ?? 0
        let keys =
            count == 1 ? "the private key of 1 certificate" : "the private keys of \(count) certificates and requests"
        var blocks: [ConsoleBlock] = [.text("It encrypts \(keys) at rest.")]
        if let form = Self.button(for: "master-key-rotation", "Make a new master key", visit) {
            blocks.append(.form(form))
        }
        return blocks
    }

    private static func account(_ answer: ConsoleAPI.Answer, _ visit: ConsoleVisit) -> [ConsoleBlock] {
        guard answer.isSuccess else { return [.message(.quiet, answer.words)] }
        let names = ["directory", "address", "status", "contacts", "thumbprint"]
        let rows = names.compactMap { name -> [ConsoleCell]? in
            guard let text = answer.document[name]?.summary, !text.isEmpty else { return nil }
            return [
                ConsoleCell(ConsoleWords.label(name)),
                name == "thumbprint" ? ConsoleCell(code: text) : ConsoleCell(text),
            ]
        }
        let forms = [
            Self.button(for: "acme-key", "Change its key", visit),
            Self.button(for: "acme-end", "End the account", visit),
        ].compactMap(\.self)
        return [.table(ConsoleTable(caption: "ACME account", columns: ["Field", "Value"], rows: rows))]
            + forms.map { .form($0) }
    }
}
