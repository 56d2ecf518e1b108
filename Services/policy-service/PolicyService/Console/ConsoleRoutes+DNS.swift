import Hummingbird
import Policy

/// The plan for DNS: looked at, then done exactly as it was seen.
extension ConsoleRoutes {
    func addDNS(to group: RouterGroup<APIContext>) {
        group.get("dns") { request, context in
            try await self.signedIn(request, context) { visit in
                async let plan = visit.api.get(["dns", "plan"])
                async let zone = visit.api.get(["dns", "zone"])
                let (answer, records) = try await (plan, zone)
                guard answer.isSuccess else {
                    return visit.render("DNS plan", "dns", problem: answer.words, status: answer.status, [])
                }
                return Self.plan(visit, answer.document, zone: records.document["zone"]?.text ?? "")
            }
        }
        group.post("dns/test") { request, context in
            try await self.submitted(request, context) { visit, _ in try await Self.test("dns", of: "dns", visit) }
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

    private static func plan(_ visit: ConsoleVisit, _ plan: DocumentValue, zone: String) -> Response {
        let changes = plan["changes"]?.elements ?? []
        var blocks: [ConsoleBlock] = (plan["warnings"]?.elements ?? []).map {
            .message(.warning, $0.summary.capitalizedFirst)
        }
        blocks.append(
            .table(
                ConsoleTable(
                    caption: "Changes that DNS needs",
                    columns: ["Change", "Name", "Type", "TTL", "Data"],
                    rows: changes.map { change in
                        let isAddition = change["action"]?.text == "add"
                        return [ConsoleCell(isAddition ? "add" : "delete", tone: isAddition ? .good : .bad)]
                            + ["name", "type", "ttl", "data"].map { ConsoleCell(change[$0]?.summary ?? "") }
                    },
                    empty: "DNS has what is wanted. There is nothing to do."
                )
            )
        )
        if !changes.isEmpty, visit.may(.post, "/v1/dns/apply") {
            var form = ConsoleForm(action: "\(Self.root)/dns/apply", button: "Apply these changes")
            form.hidden = [("checksum", plan["checksum"]?.text ?? "")]
            form.groups = [Self.reason]
            if plan["needs-force"]?.flag == true {
                form.isDangerous = true
                form.groups.append(
                    ConsoleForm.Group(
                        title: "It deletes much",
                        inputs: [ConsoleInput(name: "force", label: "Do it although it deletes much", kind: .check)]
                    )
                )
            }
            blocks.append(.form(form))
        }
        if visit.may(.post, "/v1/tests/dns") {
            blocks.append(.form(ConsoleForm(action: "\(Self.root)/dns/test", button: "Is DNS as it should be?")))
        }
        if !zone.isEmpty {
            blocks += [
                .heading("All records that should be"),
                .code(label: "For a DNS server that is not updated from here", zone),
            ]
        }
        return visit.render(
            "DNS plan",
            "dns",
            introduction: "What would have to change so that partners find this gateway.",
            blocks
        )
    }
}
