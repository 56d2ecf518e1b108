import Hummingbird

/// Says which methods a path has: to OPTIONS, and to who asks for another one
/// ([RFC 9110 §15.5.6](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6)).
///
/// It stands behind ``TokenMiddleware``: strangers are not told which paths there are.
struct MethodMiddleware: RouterMiddleware {
    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard context.endpointPath == nil else { return try await next(request, context) }
        let methods = APICatalogue.methods(at: request.uri.path)
        // A path that has this method, and was not found, is another spelling of it: there is nothing there.
        guard !methods.isEmpty else { return try await next(request, context) }
        guard request.method != .options else { return Response(status: .noContent, headers: [.allow: methods.names]) }
        guard !methods.contains(request.method) else { return try await next(request, context) }
        throw Problem.methodNotAllowed(request.method, methods)
    }
}

extension [HTTPRequest.Method] {
    /// As the header `Allow` lists them.
    var names: String { self.map(\.rawValue).joined(separator: ", ") }
}
