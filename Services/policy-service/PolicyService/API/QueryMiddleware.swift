import Hummingbird

/// Refuses a query that has a parameter which the route does not take, or one twice.
///
/// Without it `?dryrun=true` would be a change that somebody meant to look at only.
struct QueryMiddleware: RouterMiddleware {
    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let path = context.endpointPath, let entry = APICatalogue.entry(for: request.method, path) else {
            return try await next(request, context)
        }
        var seen: Set<Substring> = []
        for name in request.uri.queryParameters.map(\.key) {
            guard entry.query.contains(String(name)) else { throw Self.unknown(name, entry) }
            guard seen.insert(name).inserted else { throw Problem.badRequest("“\(name)” is in the query twice") }
        }
        return try await next(request, context)
    }

    private static func unknown(_ name: Substring, _ entry: APICatalogue.Entry) -> Problem {
        let there =
            entry.query.isEmpty ? "it takes no parameters" : "its parameters are \(entry.query.joined(separator: ", "))"
        return .badRequest("\(entry.method) \(entry.path) has no parameter “\(name)”; \(there)")
    }
}
