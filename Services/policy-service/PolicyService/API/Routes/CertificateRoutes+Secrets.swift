import Hummingbird
import Policy
import Wire

/// What bears passphrases, or private keys.
extension CertificateRoutes {
    /// Ends the reading of a document that is secret.
    static func finishSecret(_ reader: inout DocumentReader) throws {
        reader.finish()
        // The findings show values, and what was sent here is secret.
        let findings = reader.findings.map { finding in
            var finding = finding
            finding.value = ""
            return finding
        }
        guard findings.isEmpty else { throw CommitRefusal.invalid(findings) }
    }

    /// Whether a certificate serves a use; changes nothing.
    func check(_ request: Request, _ context: APIContext) async throws -> Response {
        var reader = DocumentReader(try await request.document(), kind: "certificate check", keyField: nil)
        let id = reader.text("id", default: "")
        let uses = reader.uses()
        let wish = CertificateCheck(
            id: id,
            data: id.isEmpty ? reader.bytes("data") : [],
            password: reader.optionalText("password"),
            use: uses.first ?? .xmpp,
            names: reader.texts("names")
        )
        try Self.finishSecret(&reader)
        var steps: [TestStep] = []
        var subject = ""
        for use in uses.isEmpty ? CertificateUse.allCases : uses {
            var wish = wish
            wish.use = use
            guard case .certificateReport(let report) = try await self.ask(.certificateCheck(wish)) else {
                throw Problem.failed
            }
            subject = report.subject
            steps += report.findings.map { TestStep($0, use: use) }
        }
        return Response(document: TestReport(subject: "certificate \(subject)", steps: steps).document)
    }

    /// A certificate with its key as PKCS#12, for an administrator alone.
    func export(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.key()
        var reader = DocumentReader(try await request.document(), kind: "certificate export", keyField: nil)
        let wish = CertificateExport(id: id, password: reader.text("password", default: nil))
        try Self.finishSecret(&reader)
        // Noted before it is done: a key that has left without a note would be worse than a note without a key.
        try await self.journal.note(context, "certificate export", request.reason(), "certificate \(id)")
        let answer: Body
        do {
            answer = try await self.ask(.certificateExport(wish))
        } catch {
            try await self.journal.note(context, "certificate export refused", "\(error.title)", "certificate \(id)")
            throw error
        }
        guard case .certificateExported(let data) = answer else { throw Problem.failed }
        return Response(document: ["id": .text(id), "pkcs12": .text(data.base64)])
    }
}

extension TestStep {
    /// An item of a check, with the use it is about.
    init(_ finding: CertificateFinding, use: CertificateUse) {
        let outcome: Outcome =
            switch finding.outcome {
            case .good: .good
            case .warning: .warning
            case .bad: .bad
            case .skipped: .skipped
            }
        self.init("\(use.rawValue) \(finding.item)", outcome, finding.text, remedy: finding.remedy)
    }
}
