import Foundation
import Policy

/// Shows how far the order of a certificate is.
struct OrderWatch {
    let client: APIClient

    private static let interval = Duration.seconds(1)

    /// Prints each step once, until the certificate is there.
    ///
    /// - Throws: ``ClientError/orderFailed(id:reason:)`` when an attempt fails; cert-service goes on by itself.
    func follow(_ id: String) async throws {
        var shown = ""
        while true {
            let items = try await self.client.get("certificates")["items"]?.elements ?? []
            guard let item = items.first(where: { $0["id"]?.text == id }) else {
                throw ClientError.orderFailed(id: id, reason: "the request was removed")
            }
            if item["state"]?.text != "pending" {
                for warning in item["warnings"]?.elements ?? [] {
                    StandardError.print(Table.cleaned(lines: "warning: \(warning.summary)"))
                }
                print(Table.object(item))
                return
            }
            let order = item["order"]
            let step = order?["progress"]?.text ?? ""
            if step != shown { StandardError.print(Table.cleaned(lines: "… \(step)")) }
            shown = step
            if let problem = order?["problem"]?.text, !problem.isEmpty, order?["next-attempt"]?.text != nil {
                throw ClientError.orderFailed(
                    id: id,
                    reason: Table.cleaned(lines: problem + "\n" + Self.next(order, id))
                )
            }
            try await Task.sleep(for: Self.interval)
        }
    }

    private static func next(_ order: DocumentValue?, _ id: String) -> String {
        guard let time = order?["next-attempt"]?.text else { return "it is being tried again" }
        return "next attempt \(time), or now: isthmusctl certificate renew \(id)"
    }

    /// What is worth a line below the list.
    static func line(about item: DocumentValue) -> String? {
        guard let order = item["order"], let id = item["id"]?.text else { return nil }
        if let problem = order["problem"]?.text, !problem.isEmpty {
            return Table.cleaned(lines: "failed: \(id): \(problem); \(Self.next(order, id))")
        }
        if item["state"]?.text == "pending" {
            let progress = order["progress"]?.text ?? ""
            return progress.isEmpty
                ? "pending: \(id): carry its request to your CA; what comes back: isthmusctl certificate import FILE"
                : "order: \(id): \(progress)"
        }
        return order["renewal"]?.text.map { "renewal: \(id): \($0)" }
    }
}
