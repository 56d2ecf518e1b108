import Hummingbird
import Logging

/// Lets nobody in without a token, on no path, whether it exists or not; and each only to what the token's role may do.
///
/// What a path asks for is looked up by the route that was found, never by the text of the path: another spelling of it
/// leads nowhere, or to the same rule. A route that ``APICatalogue`` does not know is for administrators.
struct TokenMiddleware: RouterMiddleware {
    let tokens: Tokens
    let attempts: Attempts
    let journal: Journal
    let logger: Logger

    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let token = Self.token(in: request), let caller = self.tokens.caller(with: token) else {
            throw self.refusal(of: request)
        }
        var context = context
        context.caller = caller
        let needed = APICatalogue.role(for: request.method, context.endpointPath)
        guard caller.role.covers(needed) else {
            let what = "\(request.method) \(context.endpointPath ?? "")"
            await self.journal.noteRefusal(of: what, context, needs: needed, self.attempts, self.logger)
            throw Problem.forbidden(caller.role, needs: needed)
        }
        return try await next(request, context)
    }

    /// A good token is always heard: only those without one wait for each other.
    private func refusal(of request: Request) -> Problem {
        guard self.attempts.strangers.take(at: self.journal.now()) else { return .tooManyAttempts }
        self.logger.warning(
            "API request without a good token",
            metadata: [
                "method": "\(request.method)", "token": "\(request.headers[.authorization] == nil ? "none" : "bad")",
            ]
        )
        return .unauthorized
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
