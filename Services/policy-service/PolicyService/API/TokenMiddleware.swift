import Hummingbird

/// Lets nobody in without a token, on no path, whether it exists or not; and lets viewers only look.
struct TokenMiddleware: RouterMiddleware {
    let tokens: Tokens

    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let token = Self.token(in: request), let caller = self.tokens.caller(with: token) else {
            throw Problem.unauthorized
        }
        let changes = request.method != .get && request.method != .head
        guard caller.role == .admin || !changes else { throw Problem.forbidden }
        var context = context
        context.caller = caller
        return try await next(request, context)
    }

    /// [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1); the scheme in any case
    /// ([RFC 9110 §11.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.1)).
    private static func token(in request: Request) -> Substring? {
        guard let header = request.headers[.authorization] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1]
    }
}
