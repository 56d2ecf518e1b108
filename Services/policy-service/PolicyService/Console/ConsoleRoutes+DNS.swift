import Hummingbird
import Policy

/// The plan for DNS: looked at, then done exactly as it was seen.
extension ConsoleRoutes {
    func addDNS(to group: RouterGroup<APIContext>) {
        group.get("dns") { request, context in
            try await self.signedIn(request, context) { visit in
                let answer = try await visit.api.get(["dns", "plan"])
                guard answer.isSuccess else { return visit.problem(answer) }
                return Self.plan(visit, answer.document)
            }
        }
        group.post("dns/apply") { request, context in
            try await self.submitted(request, context) { visit, form in
                let wish: DocumentValue = [
                    "checksum": .text(form["checksum"] ?? ""), "force": .flag(form["force"] == "true"),
                ]
                let answer = try await visit.api.send(.post, ["dns", "apply"], [("reason", form["reason"])], wish)
                guard answer.isSuccess else { return visit.problem(answer) }
                let count = answer.document["applied"]?.integer ?? 0
                return FrontResponder.redirect(to: "\(Self.root)/dns?done=\("\(count) changes".inQuery)")
            }
        }
    }

    private static func plan(_ visit: ConsoleVisit, _ plan: DocumentValue) -> Response {
        let changes = plan["changes"]?.elements ?? []
        var values: [String: Any] = [
            "introduction": changes.isEmpty
                ? "DNS has what is wanted." : "What would be changed so that DNS has what is wanted.",
            "warnings": (plan["warnings"]?.elements ?? []).map(\.summary), "content": plan["text"]?.text ?? "",
        ]
        if !changes.isEmpty {
            values["submit"] = [
                "action": "\(Self.root)/dns/apply", "label": "Do this", "formKey": visit.session.formKey,
                "needsForce": plan["needs-force"]?.flag == true,
                "hidden": [["name": "checksum", "value": plan["checksum"]?.text ?? ""]],
            ]
        }
        return visit.render("text", visit.frame("DNS plan", "dns"), values)
    }
}
