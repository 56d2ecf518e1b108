import HTTPTypes
import Hummingbird

/// Says with every answer, a refusal as well, which release of policy-service gives it: what a client of another release does not
/// understand is then explained.
///
/// It stands behind ``TokenMiddleware``: strangers are not told.
struct VersionMiddleware: RouterMiddleware {
    static let name = HTTPField.Name("Isthmus-Version")

    let version: String
    let problems: ProblemMiddleware

    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var response = try await self.problems.handle(request, context: context, next: next)
        if let name = Self.name { response.headers[name] = self.version }
        return response
    }
}
