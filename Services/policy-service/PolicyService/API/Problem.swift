import Bus
import Hummingbird
import Policy
import ServiceKit
import Wire

/// Why a request was not done, as `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)).
struct Problem: Error, Equatable {
    var status: HTTPResponse.Status
    /// What is wrong here, in one sentence: the member `detail`.
    ///
    /// What to do is in `mistakes` or in the sentence.
    var title: String
    var mistakes: [Finding] = []
    /// The version of the configuration in force, where the request was made from another.
    var version: Int?
    /// The methods that the path has, where the request had another.
    var allowed: [HTTPRequest.Method] = []

    /// What kind of problem it is, for programs ([RFC 9457 §3.1.1](https://www.rfc-editor.org/rfc/rfc9457#section-3.1.1)): those with
    /// members of their own have a name, for the others the status says it all.
    private var kind: String {
        if !self.mistakes.isEmpty { return "urn:isthmus:problem:mistakes" }
        return self.version == nil ? "about:blank" : "urn:isthmus:problem:another-version"
    }

    /// `instance` is the trace under which the logs have the request.
    func document(instance trace: String? = nil) -> DocumentValue {
        var members: [DocumentValue.Member] = [
            .init("type", .text(self.kind)),
            .init("title", .text(self.status.reasonPhrase)),
            .init("status", .integer(self.status.code)),
            .init("detail", .text(self.title)),
        ]
        if let trace { members.append(.init("instance", .text("urn:isthmus:trace:\(trace)"))) }
        if let version = self.version { members.append(.init("version", .integer(version))) }
        if !self.mistakes.isEmpty {
            members.append(.init("mistakes", .list(self.mistakes.prefix(Self.shownMistakes).map(\.document))))
            members.append(.init("mistake-count", .integer(self.mistakes.count)))
        }
        return .object(members)
    }

    /// A file of a hundred thousand lines may have as many mistakes; nobody reads more than these before the next try.
    static let shownMistakes = 1_000

    static let notFound = Problem(
        status: .notFound,
        title: "there is nothing at this path; the paths are in the README of policy-service"
    )
    static let unauthorized = Problem(
        status: .unauthorized,
        title: "this needs an API token: send it as “Authorization: Bearer TOKEN”"
    )
    static func forbidden(_ role: TokenRecord.Role, needs wanted: TokenRecord.Role) -> Problem {
        Problem(
            status: .forbidden,
            title: role == .viewer
                ? "this token may look but not change anything; this needs the role \(wanted.rawValue)"
                : "this token may not do this; it has the role \(role.rawValue), this needs \(wanted.rawValue)"
        )
    }
    static let tooManyAttempts = Problem(
        status: .tooManyRequests,
        title: "too many requests without a good token; wait a few seconds"
    )
    static func unsupported(_ type: String, wanted: String) -> Problem {
        Problem(
            status: .unsupportedMediaType,
            title: "“\(type)” is not taken here; send it as “Content-Type: \(wanted)”"
        )
    }
    static func methodNotAllowed(_ method: HTTPRequest.Method, _ allowed: [HTTPRequest.Method]) -> Problem {
        Problem(
            status: .methodNotAllowed,
            title: "there is no \(method.rawValue) here; there are \(allowed.names)",
            allowed: allowed
        )
    }
    static let failed = Problem(status: .internalServerError, title: "policy-service failed; its log says why")
}

extension Problem {
    init(_ refusal: CommitRefusal) {
        switch refusal {
        case .conflict(let current):
            // [RFC 9110 §13.1.1](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1), for `base` as for `If-Match`.
            self.init(
                status: .preconditionFailed,
                title:
                    "somebody else has changed the configuration: it is at version \(current) now; look again and repeat",
                version: current
            )
        case .overtaken(let current):
            self.init(
                status: .conflict,
                title:
                    "other changes were first, again and again; nothing was changed: try again (it is at version \(current) now)",
                version: current
            )
        case .invalid(let findings):
            let count = findings.count { $0.severity == .mistake }
            self.init(
                status: .unprocessableContent,
                title: count == 1
                    ? "there is a mistake in it; nothing was changed"
                    : "there are \(count) mistakes in it; nothing was changed",
                mistakes: findings
            )
        case .notFound(let object):
            self.init(status: .notFound, title: "there is no \(object)")
        case .alreadyThere(let object):
            self.init(status: .conflict, title: "there is a \(object) already; change it instead of adding it")
        case .overloaded:
            self.init(status: .serviceUnavailable, title: "too many changes at a time; try again")
        case .notStored(let text):
            self.init(status: .internalServerError, title: "nothing was changed: \(text)")
        }
    }

    /// A failure of another service that was asked on the administrator's behalf.
    init(_ failure: BusFailure, of service: String) {
        switch failure {
        case .timeout:
            self.init(
                status: .gatewayTimeout,
                title: "\(service) did not answer in time; what it was asked may still happen"
            )
        case .unreachable:
            self.init(status: .badGateway, title: "\(service) cannot be reached; is it running?")
        case .overloaded, .shuttingDown, .cancelled:
            self.init(status: .serviceUnavailable, title: "policy-service has too much to do; try again")
        case .malformed(let text):
            self.init(status: .badGateway, title: "\(service) and policy-service do not understand each other: \(text)")
        case .remote(let failure):
            self.init(status: failure.code.status, title: failure.text)
        }
    }

    static func badRequest(_ title: String) -> Problem { Problem(status: .badRequest, title: title) }
}

extension Failure.Code {
    fileprivate var status: HTTPResponse.Status {
        switch self {
        case .invalid: .unprocessableContent
        case .notFound: .notFound
        case .conflict: .conflict
        case .overloaded, .unavailable: .serviceUnavailable
        case .timeout: .gatewayTimeout
        case .unsupported, .notAllowed: .notImplemented
        case .internal: .badGateway
        }
    }
}

extension Problem: HTTPResponseError {
    func response(from _: Request, context _: some RequestContext) -> Response {
        var response = Response(
            document: self.document(instance: TraceContext.current?.id),
            status: self.status,
            type: "application/problem+json"
        )
        if self.status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer realm=\"isthmus\"" }
        if self.status == .tooManyRequests { response.headers[.retryAfter] = "5" }
        if self.status == .serviceUnavailable { response.headers[.retryAfter] = "2" }
        if !self.allowed.isEmpty { response.headers[.allow] = self.allowed.names }
        return response
    }
}

extension Finding {
    var document: DocumentValue {
        [
            "severity": .text(self.severity.rawValue),
            "object": .text(self.object),
            "field": .text(self.field),
            "value": .text(self.value),
            "problem": .text(self.problem),
            "remedy": .text(self.remedy),
        ]
    }
}
