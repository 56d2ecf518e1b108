import Bus
import Foundation
import Hummingbird
import Policy
import Wire

/// What cert-service does, on an administrator's behalf.
struct CertificateRoutes: Sendable {
    let others: any OtherServices
    let journal: Journal

    func add(to router: RouterGroup<APIContext>) {
        let group = router.group("certificates")
        group.get { _, _ in
            guard case .certificateInventory(let inventory) = try await self.ask(.certificateList) else {
                throw Problem.failed
            }
            return Response(document: [
                "certificates-version": .integer(Int(clamping: inventory.version)),
                "items": .list(inventory.records.map(\.document)),
            ])
        }
        group.post("requests") { request, context in try await self.request(request, context) }
        group.post { request, context in try await self.bringIn(request, context) }
        group.post("checks") { request, context in try await self.check(request, context) }
        group.post("master-key/rotation") { request, context in
            guard !(try request.isDryRun()) else { return try await self.previewRotation() }
            guard case .masterKeyRotated(let done) = try await self.ask(.masterKeyRotation) else {
                throw Problem.failed
            }
            try await self.journal.note(context, "master key rotate", request.reason(), "master key")
            return Response(document: ["keys": .integer(done.keys), "previous-path": .text(done.previousPath)])
        }
        group.post(":key/exports") { request, context in try await self.export(request, context) }
        group.post(":key/renewals") { request, context in
            let id = try context.key()
            guard !(try request.isDryRun()) else { return try await self.previewRenewal(id) }
            let record = try await self.record(.certificateRenewal(id: id))
            try await self.journal.note(
                context,
                "certificate renew",
                request.reason(),
                "certificate \(record.id)",
                record.document
            )
            return Response(document: record.document, status: .accepted)
        }
        group.post(":key/revocation") { request, context in try await self.revoke(request, context) }
        group.put(":key/uses") { request, context in try await self.assign(request, context) }
        group.delete(":key") { request, context in
            let id = try context.key()
            guard !(try request.isDryRun()) else { return try await self.previewRemoval(id) }
            _ = try await self.ask(.certificateRemoval(id: id))
            try await self.journal.note(context, "certificate remove", request.reason(), "certificate \(id)")
            return Response(document: ["removed": .text(id)])
        }
        self.addTrustRoots(to: router.group("trust-roots"))
        self.addAccount(to: router.group("acme-account"))
    }

    private func addTrustRoots(to group: RouterGroup<APIContext>) {
        group.get { _, _ in try await self.roots(.trustRootList) }
        group.post { request, context in
            var reader = DocumentReader(try await request.document(), kind: "trust root", keyField: nil)
            let data = reader.bytes("data")
            let uses = reader.uses()
            reader.finish()
            guard reader.findings.isEmpty else { throw CommitRefusal.invalid(reader.findings) }
            let wish = TrustRootAddition(data: data, uses: uses)
            guard !(try request.isDryRun()) else { return try await self.previewTrust(wish) }
            let response = try await self.roots(.trustRootAddition(wish))
            try await self.journal.note(context, "trust root add", request.reason(), "trust roots")
            return response
        }
        group.delete(":key") { request, context in
            let id = try context.key()
            guard !(try request.isDryRun()) else { return try await self.previewDistrust(id) }
            _ = try await self.ask(.trustRootRemoval(id: id))
            try await self.journal.note(context, "trust root remove", request.reason(), "trust root \(id)")
            return Response(document: ["removed": .text(id)])
        }
    }

    private func roots(_ body: Body) async throws -> Response {
        guard case .trustRoots(let roots) = try await self.ask(body) else { throw Problem.failed }
        return Response(document: ["items": .list(roots.map(\.document))])
    }

    /// A CSR to carry to a CA, a certificate of the internal CA, or an order at one that is asked by ACME; or only the summary of it.
    private func request(_ request: Request, _ context: APIContext) async throws -> Response {
        var reader = DocumentReader(try await request.document(), kind: "certificate request", keyField: nil)
        var wish = CertificateSigningRequest(reading: &reader)
        if try request.isDryRun() { wish.isDryRun = true }
        reader.finish()
        guard reader.findings.isEmpty else { throw CommitRefusal.invalid(reader.findings) }
        guard case .certificateRequested(let made) = try await self.ask(.certificateSigningRequest(wish)) else {
            throw Problem.failed
        }
        guard !wish.isDryRun else { return Response(document: ["summary": .text(made.summary)]) }
        try await self.journal.note(context, "certificate request", request.reason(), "certificate \(made.id)")
        return Response(
            document: [
                "id": .text(made.id), "csr": .text(made.csrPEM),
                "certificate": DocumentValue(optional: made.certificatePEM), "summary": .text(made.summary),
            ],
            status: .created
        )
    }

    private func bringIn(_ request: Request, _ context: APIContext) async throws -> Response {
        var reader = DocumentReader(try await request.document(), kind: "certificate", keyField: nil)
        let wish = CertificateImport(
            data: reader.bytes("data"),
            password: reader.optionalText("password"),
            privateKeyPEM: Array(reader.text("private-key", default: "").utf8),
            uses: reader.uses(),
            friendlyName: reader.text("friendly-name", default: ""),
            isExportable: reader.flag("exportable", default: false),
            isNow: reader.flag("now", default: false)
        )
        try Self.finishSecret(&reader)
        guard !(try request.isDryRun()) else { return try await self.previewImport(wish) }
        let record = try await self.record(.certificateImport(wish))
        try await self.journal.note(
            context,
            "certificate import",
            request.reason(),
            "certificate \(record.id)",
            record.document
        )
        return Response(document: record.document, status: .created)
    }

    private func assign(_ request: Request, _ context: APIContext) async throws -> Response {
        var reader = DocumentReader(try await request.document(), kind: "certificate", keyField: nil)
        let wish = CertificateAssignment(
            id: try context.key(),
            uses: reader.uses(),
            isNow: reader.flag("now", default: false)
        )
        reader.finish()
        guard reader.findings.isEmpty else { throw CommitRefusal.invalid(reader.findings) }
        guard !(try request.isDryRun()) else { return try await self.previewAssignment(wish) }
        let record = try await self.record(.certificateAssignment(wish))
        try await self.journal.note(
            context,
            "certificate assign",
            request.reason(),
            "certificate \(record.id)",
            record.document
        )
        return Response(document: record.document)
    }

    func record(_ body: Body) async throws -> CertificateRecord {
        guard case .certificateResult(let record) = try await self.ask(body) else { throw Problem.failed }
        return record
    }

    func ask(_ body: Body) async throws(Problem) -> Body {
        do throws(BusFailure) {
            return try await self.others.ask(body, of: .certService)
        } catch {
            throw Problem(error, of: "cert-service")
        }
    }
}
