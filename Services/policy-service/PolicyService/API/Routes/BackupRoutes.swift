import Foundation
import Hummingbird
import Policy

/// Backups of the store, taken and brought back while the service runs.
struct BackupRoutes: Sendable {
    let engine: PolicyEngine
    let store: any PolicyStore
    let refusals: RefusalLog
    let tokens: Tokens
    let journal: Journal
    let programVersion: String

    func add(to router: RouterGroup<APIContext>) {
        router.get("backup") { _, context in
            await self.refusals.flush()
            let file = BackupFile(
                program: self.programVersion,
                time: self.journal.now().wall,
                rows: try await self.store.backup()
            )
            try await self.journal.note(context, "backup create", "", "backup", file.header)
            return Response(
                status: .ok,
                headers: [.contentType: "application/jsonl", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.data))
            )
        }
        router.post("backup/restore") { request, context in
            let file = try await self.file(request)
            guard !(try request.isDryRun()) else {
                await self.refusals.flush()
                return Response(preview: BackupPreview(from: try await self.store.backup(), to: file.rows).changes)
            }
            let version = await self.engine.version
            guard version == 0 || request.query("force") == "true" else {
                throw Problem(
                    status: .conflict,
                    title:
                        "there is a configuration, at version \(version), which the backup would replace; force it if you mean it",
                    version: version
                )
            }
            let audit = AuditEntry(
                time: self.journal.now().wall,
                author: context.author,
                action: "backup restore",
                reason: request.reason(),
                changes: [ObjectChange(object: "backup", before: ["version": .integer(version)], after: file.header)]
            )
            let own = self.tokens.records.first { $0.name == context.author }
            do {
                try await self.engine.replace { try await $0.restore(file.rows, keeping: own, audit) }
            } catch let error as BackupError {
                throw Problem.badRequest("\(error)")
            }
            try await self.tokens.reload()
            return Response(
                document: [
                    "restored": file.header, "rows": .integer(file.rows.count),
                    "version": .integer(await self.engine.version),
                ]
            )
        }
    }

    private func file(_ request: Request) async throws -> BackupFile {
        let body = try await request.content(
            "application/jsonl",
            "application/octet-stream",
            upTo: BackupFile.largest
        )
        do throws(BackupError) {
            return try BackupFile(Data(body.readableBytesView))
        } catch {
            throw Problem.badRequest("\(error)")
        }
    }
}
