import Hummingbird

/// Divides what comes in between the console, which people look at with a browser, and the API.
///
/// The two share nothing but the port: the console has a session where the API has a token, and what it does it asks of the API like
/// everybody else.
struct FrontResponder: HTTPResponder {
    let console: any HTTPResponder<APIContext>
    let api: any HTTPResponder<APIContext>

    func respond(to request: Request, context: APIContext) async throws -> Response {
        let path = request.uri.path
        if path == "/" { return Self.redirect(to: ConsoleRoutes.root) }
        let isConsole = path == ConsoleRoutes.root || path.hasPrefix(ConsoleRoutes.root + "/")
        return try await (isConsole ? self.console : self.api).respond(to: request, context: context)
    }

    /// The browser then asks for `path` by GET ([RFC 9110 §15.4.4](https://www.rfc-editor.org/rfc/rfc9110#section-15.4.4)).
    static func redirect(to path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path, .cacheControl: "no-store"])
    }
}
