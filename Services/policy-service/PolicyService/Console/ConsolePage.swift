import HTTPTypes
import Hummingbird
import Mustache
import NIOCore

/// Makes pages of templates: what is the same on all of them, and the headers that keep a browser on the safe side.
struct ConsolePage: Sendable {
    private let library: MustacheLibrary

    init() throws { self.library = try ConsoleTemplates.library() }

    /// What is in the head of a page.
    struct Frame {
        var title: String
        /// The path of the page among ``pages``.
        var path: String = ""
        var session: ConsoleSessions.Session?
        var notice: String?
        var problem: String?
    }

    /// The pages in the order of the navigation.
    static let pages: [(path: String, label: String)] =
        [("", "Overview")] + ConsoleCollection.all.map { ($0.path, $0.title) } + [
            ("settings", "Settings"), ("certificates", "Certificates"), ("dns", "DNS"), ("streams", "Streams"),
            ("subscriptions", "Subscriptions"), ("refusals", "Refusals"), ("audit", "Audit log"),
        ]

    func render(
        _ template: String,
        _ frame: Frame,
        status: HTTPResponse.Status = .ok,
        _ values: [String: Any] = [:]
    ) -> Response {
        var values = values
        values["title"] = frame.title
        values["notice"] = frame.notice
        values["problem"] = frame.problem
        values["isSignedIn"] = frame.session != nil
        values["user"] = frame.session?.name
        values["role"] = frame.session?.role.rawValue
        values["formKey"] = frame.session?.formKey
        values["pages"] = Self.pages.map { page in
            [
                "href": page.path.isEmpty ? ConsoleRoutes.root : "\(ConsoleRoutes.root)/\(page.path)",
                "label": page.label, "isCurrent": page.path == frame.path,
            ] as [String: Any]
        }
        let text = self.library.render(values, withTemplate: template) ?? ""
        var headers = Self.safety
        headers[.contentType] = "text/html; charset=utf-8"
        headers[.cacheControl] = "no-store"
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
            ("Cross-Origin-Opener-Policy", "same-origin"),
        ] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return headers
    }()
}
