import HTTPTypes
import Hummingbird
import ServiceKit

/// Takes up the trace of a request, or begins one, and tells its id in the answer: with it the request is found in the logs of all services.
struct TraceMiddleware: RouterMiddleware {
    /// [W3C Trace Context §3.2](https://www.w3.org/TR/trace-context/#traceparent-header).
    private static let traceparent = HTTPField.Name("traceparent")
    /// The `trace.id` under which the logs have the request.
    private static let traceID = HTTPField.Name("Isthmus-Trace-Id")

    func handle(
        _ request: Request,
        context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var generator = SystemRandomNumberGenerator()
        let sent = Self.traceparent.flatMap { request.headers[$0] }.flatMap { TraceContext(parsing: $0) }
        let trace = sent ?? TraceContext(using: &generator)
        return try await TraceContext.$current.withValue(trace) {
            var response = try await next(request, context)
            if let name = Self.traceID { response.headers[name] = trace.id }
            return response
        }
    }
}
