import Hummingbird

/// Answers HEAD wherever there is a GET: the same headers, and no body
/// ([RFC 9110 §9.3.2](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2)).
struct MethodResponder: HTTPResponder {
    let next: any HTTPResponder<APIContext>

    func respond(to request: Request, context: APIContext) async throws -> Response {
        guard request.method == .head else { return try await self.next.respond(to: request, context: context) }
        var head = request.head
        head.method = .get
        let question = Request(head: head, body: request.body)
        return try await self.next.respond(to: question, context: context).createHeadResponse()
    }
}
