import Foundation
import Policy

/// What can go wrong between here and the API, in words that say what to do.
enum ClientError: Error, CustomStringConvertible, LocalizedError {
    case unreachable(URL, String)
    case notTheAPI(URL)
    case refused(Refusal)
    case noToken(looked: String)
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    /// A server that was asked for its certificate did not show it.
    case server(String, reason: String)
    case badEndpoint(String)
    case badFile(path: String, reason: String)
    /// A CA that is asked by ACME did not give a certificate; it is asked again by itself.
    case orderFailed(id: String, reason: String)
    /// policy-service does not know the token of this file.
    case unknownToken(file: String, URL)
    /// A command that would lose something, and nobody is there to be asked.
    case unconfirmed(String)

    var description: String {
        switch self {
        case .unreachable(let url, let reason):
            "I cannot reach policy-service at \(url.absoluteString) (\(reason)). Is it running? --api or ISTHMUS_API says where it is."
        case .notTheAPI(let url):
            "What answers at \(url.absoluteString) is not the API of policy-service. --api or ISTHMUS_API says where it is."
        case .refused(let refusal): refusal.description
        case .noToken(let looked):
            "I have no API token: \(looked). policy-service wrote the first one to a file at its first start (its log says where); name that file with --token-file or ISTHMUS_TOKEN_FILE."
        case .unreadable(let path, let reason): "I cannot read \(path): \(reason)."
        case .unwritable(let path, let reason): "I cannot write \(path): \(reason)."
        case .server(let name, let reason): "I cannot see the certificate of \(name): \(reason)"
        case .badEndpoint(let text): "“\(text)” is no address of an API; write for example http://127.0.0.1:8080."
        case .orderFailed(let id, let reason):
            "The certificate \(id) is not there yet: \(reason)"
        case .badFile(let path, let reason): "I cannot use \(path): \(reason)."
        case .unknownToken(let file, let url):
            "policy-service at \(url.absoluteString) does not know the token in \(file): it was removed, or it is of another gateway. Name another file with --token-file or ISTHMUS_TOKEN_FILE; an administrator makes a new one with `isthmusctl token add NAME`."
        case .unconfirmed(let what): "\(what) It is not done without --force."
        }
    }

    var errorDescription: String? { self.description }
}

/// A refusal by the API: problem+json.
struct Refusal: Equatable, Sendable, CustomStringConvertible {
    var status: Int
    var title: String
    var mistakes: [DocumentValue]
    /// How many more there are than the API has told.
    var untold = 0
    /// What may help, in a sentence.
    var hint = ""

    init(status: Int, _ document: DocumentValue) {
        self.status = status
        self.title =
            document["detail"]?.text ?? document["title"]?.text
            ?? "the API refused (status \(status)) and did not say why"
        self.mistakes = document["mistakes"]?.elements ?? []
        self.untold = (document["mistake-count"]?.integer ?? self.mistakes.count) - self.mistakes.count
    }

    var description: String {
        let rest = self.untold > 0 ? ["  … and \(self.untold) more mistakes."] : []
        return
            ([self.title.withLastDot] + self.mistakes.map { "  " + Self.line(for: $0) } + rest
            + (self.hint.isEmpty ? [] : [self.hint])).joined(separator: "\n")
    }

    /// One mistake or warning on one line.
    static func line(for finding: DocumentValue) -> String {
        func text(_ name: String) -> String { finding[name]?.text ?? "" }
        let value = text("value").isEmpty ? "" : " “\(text("value"))”"
        let kind = text("severity") == "warning" ? "warning: " : ""
        let problem = text("problem").withLastDot.dropLast()
        return "\(kind)\(text("object")): \(text("field"))\(value): \(problem); \(text("remedy").withLastDot)"
    }
}

extension String {
    /// The sentence with the mark that ends it.
    fileprivate var withLastDot: String { ".?!".contains(self.last ?? " ") ? self : self + "." }
}
