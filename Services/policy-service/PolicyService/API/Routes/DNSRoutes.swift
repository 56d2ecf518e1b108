import Bus
import Hummingbird
import Policy
import Wire

/// What dns-publisher does, on an administrator's behalf.
struct DNSRoutes: Sendable {
    let others: any OtherServices
    let journal: Journal

    func add(to router: RouterGroup<APIContext>) {
        let group = router.group("dns")
        group.get("plan") { _, _ in
            guard case .dnsPlan(let plan) = try await self.ask(.dnsPlanRequest) else { throw Problem.failed }
            return Response(document: plan.document)
        }
        group.get("zone") { _, _ in
            guard case .dnsZone(let zone) = try await self.ask(.dnsZoneRequest) else { throw Problem.failed }
            return Response(document: ["zone": .text(zone)])
        }
        group.post("apply") { request, context in try await self.apply(request, context) }
    }

    private func apply(_ request: Request, _ context: APIContext) async throws -> Response {
        var reader = DocumentReader(try await request.document(), kind: "plan", keyField: nil)
        let checksum = reader.text("checksum", default: nil)
        let force = reader.flag("force", default: false)
        reader.finish()
        guard reader.findings.isEmpty else { throw CommitRefusal.invalid(reader.findings) }
        guard
            case .dnsResult(let result) = try await self.ask(
                .dnsApply(DNSApplyRequest(checksum: checksum, force: force))
            )
        else { throw Problem.failed }
        try await self.journal.note(context, "dns apply", request.reason(), "plan \(checksum)", result.document)
        return Response(document: result.document)
    }

    private func ask(_ body: Body) async throws(Problem) -> Body {
        do throws(BusFailure) {
            return try await self.others.ask(body, of: .dnsPublisher)
        } catch {
            throw Problem(error, of: "dns-publisher")
        }
    }
}

extension DNSPlan {
    var document: DocumentValue {
        [
            "checksum": .text(self.checksum),
            "needs-force": .flag(self.needsForce),
            "changes": .list(
                self.changes.map { change in
                    DocumentValue.object([.init("action", .text(change.action.rawValue))])
                        .merging(change.record.document)
                }
            ),
            "desired": .list(self.desired.map(\.document)),
            "warnings": DocumentValue(texts: self.warnings),
            "text": .text(self.text),
        ]
    }
}

extension DNSRecord {
    var document: DocumentValue {
        [
            "name": .text(self.name), "type": .text(self.type), "ttl": .integer(Int(self.ttl)),
            "data": .text(self.data),
        ]
    }
}

extension DNSResult {
    var document: DocumentValue {
        ["applied": .integer(self.applied), "verified": .flag(self.isVerified), "text": .text(self.text)]
    }
}
