import HTTPTypes
import Hummingbird
import Mustache
import NIOCore

/// Makes pages of the template: what is the same on all of them, and the headers that keep a browser on the safe side.
struct ConsolePage: Sendable {
    private let library: MustacheLibrary

    init() throws { self.library = try ConsoleTemplates.library() }

    /// What is in the head of a page.
    struct Frame {
        var title: String
        /// The path of the page in ``ConsoleNavigation``.
        var path: String = ""
        /// What the page is for, in a sentence.
        var introduction: String?
        var session: ConsoleSessions.Session?
        /// How many changes wait to be committed.
        var staged = 0
        var notice: String?
        var problem: String?
        /// The pages above this one.
        var trail: [(label: String, href: String)] = []
        /// What can be done here, beside the title.
        var actions: [ConsoleBlock.Link] = []
        /// The time, in milliseconds since 1970.
        var now: Int64 = 0
    }

    func render(_ frame: Frame, status: HTTPResponse.Status = .ok, _ blocks: [ConsoleBlock]) -> Response {
        var values: [String: Any] = [
            "title": frame.title, "styleHref": "\(ConsoleRoutes.root)/style.css?\(ConsoleStyle.version)",
            "isSignedIn": frame.session != nil, "sections": ConsoleNavigation.values(current: frame.path),
            "blocks": blocks.map { $0.values(at: frame.now) },
            "hasActions": !frame.actions.isEmpty, "actions": ConsoleBlock.values(of: frame.actions),
            "hasTrail": !frame.trail.isEmpty,
            "trail": frame.trail.map { ["trailLabel": $0.label, "trailHref": $0.href] },
        ]
        values["introduction"] = frame.introduction
        values["notice"] = frame.notice
        values["problem"] = frame.problem
        values["user"] = frame.session?.name
        values["role"] = frame.session?.role.rawValue
        values["formKey"] = frame.session?.formKey
        if frame.staged > 0 {
            values["staged"] = frame.staged == 1 ? "1 staged change" : "\(frame.staged) staged changes"
        }
        let text = self.library.render(values, withTemplate: "page") ?? ""
        return Self.answer(text, "text/html; charset=utf-8", cache: "no-store", status: status)
    }

    /// Something that is the same for everybody.
    static func asset(_ text: String, _ type: String) -> Response {
        self.answer(text, type, cache: "max-age=86400", status: .ok)
    }

    private static func answer(
        _ text: String,
        _ type: String,
        cache: String,
        status: HTTPResponse.Status
    ) -> Response {
        var headers = Self.safety
        headers[.contentType] = type
        headers[.cacheControl] = cache
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// No scripts at all, nothing from elsewhere, in nobody's frame ([CSP 3](https://www.w3.org/TR/CSP3/)).
    static let safety: HTTPFields = {
        var headers: HTTPFields = [
            .contentSecurityPolicy:
                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            .xContentTypeOptions: "nosniff",
        ]
        for (name, value) in [
            ("X-Frame-Options", "DENY"), ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return headers
    }()
}
