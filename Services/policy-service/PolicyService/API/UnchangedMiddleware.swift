import Hummingbird

/// `If-None-Match`: who has the present version already is told so, without it
/// ([RFC 9110 §13.1.2](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2)).
struct UnchangedMiddleware: RouterMiddleware {
    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let response = try await next(request, context)
        guard request.method == .get, response.status == .ok, let tag = response.headers[.eTag],
            let known = request.headers[.ifNoneMatch]
        else { return response }
        // A weak comparison: the same version of the configuration is the same.
        let tags = known.split(separator: ",").map { part in
            let text = part.drop { $0 == " " }
            return String((text.hasPrefix("W/") ? text.dropFirst(2) : text).prefix { $0 != " " })
        }
        guard tags.contains(tag) || tags == ["*"] else { return response }
        var headers = response.headers
        headers[.contentType] = nil
        return Response(status: .notModified, headers: headers)
    }
}
