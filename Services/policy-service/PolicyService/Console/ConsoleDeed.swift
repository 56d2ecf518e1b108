import HTTPTypes
import Policy
import Wire

/// Something that is done once and is no commit, such as a revocation: looked at as a dry run of the API, then done.
struct ConsoleDeed: Sendable {
    /// Names it in its address.
    let name: String
    /// The page that it is done from.
    let page: String
    let method: HTTPRequest.Method
    /// Below `/v1`; `{key}` stands for what it is done to.
    let path: String
    /// What it asks before it is done, with what it is done to in place of `{key}`.
    let question: String
    let button: String
    /// What cannot be seen from what changes.
    let introduction: String
    /// What is said afterwards.
    let done: String
    /// Whether it harms somebody, or cannot be taken back.
    var isDangerous = false
    /// What has to be typed first; `{key}`: the name of what it is done to.
    var typed: String?
    /// What else may be chosen: flags and choices of the body.
    var inputs: @Sendable () -> [ConsoleInput] = { [] }

    /// As the catalogue of the API has it.
    var entry: String { "/v1/\(self.path)" }

    func text(_ template: String, _ key: String) -> String { template.replacing("{key}", with: key) }

    /// The path of the API for `key`.
    func path(for key: String) -> [String] { self.path.split(separator: "/").map { $0 == "{key}" ? key : String($0) } }

    /// What was chosen, for the API.
    func body(_ form: FormBody) -> DocumentValue? {
        let inputs = self.inputs()
        guard !inputs.isEmpty else { return nil }
        return .object(
            inputs.map { input in
                let text = form[input.name] ?? input.value
                let isFlag = input.kind == .choice(ConsoleDeed.flag)
                return .init(input.name, isFlag ? .flag(text == "true") : .text(text))
            }
        )
    }

    private static let flag = [("false", "no"), ("true", "yes")]

    private static func flag(_ name: String, _ label: String, _ hint: String, isSet: Bool = false) -> ConsoleInput {
        ConsoleInput(name: name, label: label, kind: .choice(Self.flag), value: "\(isSet)", hint: hint)
    }

    // MARK: All there are

    static func named(_ name: String) -> ConsoleDeed? { self.all.first { $0.name == name } }

    static let revocation = ConsoleDeed(
        name: "certificate-revocation",
        page: "certificates",
        method: .post,
        path: "certificates/{key}/revocation",
        question: "Revoke certificate {key}?",
        button: "Revoke it for good",
        introduction:
            "Its CA calls it back: peers that look at revocation lists refuse it from then on, and nobody can undo that. One that is in use is ordered anew at once.",
        done: "the CA has revoked certificate {key}",
        isDangerous: true,
        typed: "{key}",
        inputs: {
            let causes = CertificateRevocation.Cause.allCases.map(\.rawValue)
            return [
                ConsoleInput(
                    name: "cause",
                    label: "Cause, which the CA is told",
                    kind: .choice(causes.map { ($0, ConsoleWords.spoken($0)) }),
                    value: CertificateRevocation.Cause.unspecified.rawValue
                ),
                Self.flag("force", "Is it meant although it is in use?", "Another one is then ordered at once."),
                Self.flag(
                    "by-certificate-key",
                    "Does the certificate's own key sign?",
                    "For a CA that does not know the account any more."
                ),
            ]
        }
    )

    static let all: [ConsoleDeed] = [
        revocation,
        ConsoleDeed(
            name: "certificate-renewal",
            page: "certificates",
            method: .post,
            path: "certificates/{key}/renewals",
            question: "Renew certificate {key}?",
            button: "Renew it",
            introduction:
                "The same is asked for again, with a new key; what is in use serves until the new one has come.",
            done: "certificate {key} is asked for again"
        ),
        ConsoleDeed(
            name: "certificate-removal",
            page: "certificates",
            method: .delete,
            path: "certificates/{key}",
            question: "Remove certificate {key}?",
            button: "Remove it for good",
            introduction: "Its key goes with it and cannot be had again.",
            done: "certificate {key} is removed",
            isDangerous: true
        ),
        ConsoleDeed(
            name: "dialback-rotation",
            page: "secrets",
            method: .post,
            path: "dialback/rotate",
            question: "Make a new dialback secret?",
            button: "Make it",
            introduction:
                "Keys are made with the new one at once; those of the old one are still known for the overlap.",
            done: "there is a new dialback secret",
            inputs: {
                [
                    Self.flag(
                        "immediately",
                        "End the old one at once?",
                        "For a secret that somebody else may know: streams that are being proven now have to begin again."
                    )
                ]
            }
        ),
        ConsoleDeed(
            name: "master-key-rotation",
            page: "secrets",
            method: .post,
            path: "certificates/master-key/rotation",
            question: "Encrypt the private keys with a new master key?",
            button: "Make a new master key",
            introduction: "A backup of before needs the old one, which is kept in a file beside the new one.",
            done: "there is a new master key"
        ),
        ConsoleDeed(
            name: "acme-key",
            page: "secrets",
            method: .post,
            path: "acme-account/key",
            question: "Give the ACME account another key?",
            button: "Change the key",
            introduction: "The account and its orders stay. The CA knows only the new key from then on.",
            done: "the ACME account has another key"
        ),
        ConsoleDeed(
            name: "acme-end",
            page: "secrets",
            method: .delete,
            path: "acme-account",
            question: "End the account at the ACME CA?",
            button: "End the account",
            introduction: "The CA never takes it again. The next order makes another account; certificates stay valid.",
            done: "the ACME account has ended",
            isDangerous: true,
            typed: "end the account"
        ),
    ]
}
