import Bus
import Hummingbird
import Policy
import Wire

/// The account at the ACME CA, and the certificates that it is to revoke.
extension CertificateRoutes {
    func addAccount(to group: RouterGroup<APIContext>) {
        group.get { _, _ in Response(document: try await self.account(.show).document) }
        group.post("key") { request, context in
            guard !(try request.isDryRun()) else { return try await self.previewAccount(ends: false) }
            let account = try await self.account(.rollKey)
            try await self.journal.note(
                context,
                "acme account key rotate",
                request.reason(),
                "acme account \(account.directory)",
                account.document
            )
            return Response(document: account.document)
        }
        group.delete { request, context in
            guard !(try request.isDryRun()) else { return try await self.previewAccount(ends: true) }
            let account = try await self.account(.deactivate)
            try await self.journal.note(
                context,
                "acme account deactivate",
                request.reason(),
                "acme account \(account.directory)",
                account.document
            )
            return Response(document: account.document)
        }
    }

    private func account(_ action: ACMEAccount.Action) async throws -> ACMEAccount {
        guard case .acmeAccount(let account) = try await self.ask(.acmeAccountOrder(action)) else {
            throw Problem.failed
        }
        return account
    }

    /// The account without its key, or no account any more.
    private func previewAccount(ends: Bool) async throws -> Response {
        let account = try await self.account(.show)
        let before: DocumentValue = ["status": .text(account.status), "thumbprint": .text(account.thumbprint)]
        let after: DocumentValue = ["status": .text(account.status), "thumbprint": .text("that of a new key")]
        let object = "acme account \(account.directory)"
        return Response(preview: [ObjectChange(object: object, before: before, after: ends ? nil : after)])
    }

    func revoke(_ request: Request, _ context: APIContext) async throws -> Response {
        var reader = DocumentReader(try await request.document(), kind: "certificate", keyField: nil)
        let wish = CertificateRevocation(
            id: try context.key(),
            cause: reader.choice("cause", default: .unspecified),
            usesCertificateKey: reader.flag("by-certificate-key", default: false),
            isForced: reader.flag("force", default: false)
        )
        reader.finish()
        guard reader.findings.isEmpty else { throw CommitRefusal.invalid(reader.findings) }
        guard !(try request.isDryRun()) else { return try await self.previewRevocation(wish) }
        let record = try await self.record(.certificateRevocation(wish))
        try await self.journal.note(
            context,
            "certificate revoke",
            request.reason(),
            "certificate \(record.id)",
            record.document
        )
        return Response(document: record.document)
    }
}

extension ACMEAccount {
    var document: DocumentValue {
        [
            "directory": .text(self.directory), "address": .text(self.address), "status": .text(self.status),
            "contacts": DocumentValue(texts: self.contacts), "thumbprint": .text(self.thumbprint),
        ]
    }
}
