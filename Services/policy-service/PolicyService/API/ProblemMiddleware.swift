import Hummingbird
import Logging

/// Answers everything that goes wrong in one form.
struct ProblemMiddleware: RouterMiddleware {
    let logger: Logger

    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return problem.response(from: request, context: context)
        } catch let refusal as CommitRefusal {
            return Problem(refusal).response(from: request, context: context)
        } catch let error as HTTPError where error.status == .notFound {
            return Problem.notFound.response(from: request, context: context)
        } catch let error as any HTTPResponseError {
            return Problem(status: error.status, title: error.status.reasonPhrase).response(
                from: request,
                context: context
            )
        } catch {
            self.logger.error("API request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return Problem.failed.response(from: request, context: context)
        }
    }
}
