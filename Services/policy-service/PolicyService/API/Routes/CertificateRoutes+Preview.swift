import Foundation
import Hummingbird
import Policy
import TLS
import Wire

/// `dry-run=true`: what a change of certificates or of trust would do, from what cert-service says without changing anything.
extension CertificateRoutes {
    /// One that is kept.
    ///
    /// - Throws: ``Problem`` when there is none of that id.
    private func kept(_ id: String) async throws -> CertificateRecord {
        guard case .certificateInventory(let inventory) = try await self.ask(.certificateList) else {
            throw Problem.failed
        }
        guard let record = inventory.records.first(where: { $0.id == id }) else {
            throw CommitRefusal.notFound("certificate \(id)")
        }
        return record
    }

    /// What is brought in, and whether it serves the uses it is meant for; without a use, any of them.
    func previewImport(_ wish: CertificateImport) async throws -> Response {
        var data = wish.data
        if !wish.privateKeyPEM.isEmpty, String(decoding: data, as: UTF8.self).contains("-----BEGIN ") {
            data += Array("\n".utf8) + wish.privateKeyPEM
        }
        var steps: [TestStep] = []
        var subject = ""
        for use in wish.uses.isEmpty ? CertificateUse.allCases : wish.uses {
            let check = CertificateCheck(data: data, password: wish.password, use: use)
            guard case .certificateReport(let report) = try await self.ask(.certificateCheck(check)) else {
                throw Problem.failed
            }
            subject = report.subject
            steps += report.findings.map { TestStep($0, use: use) }
        }
        let after: DocumentValue = [
            "subject": .text(subject), "friendly-name": .text(wish.friendlyName),
            "uses": DocumentValue(texts: wish.uses.map(\.rawValue)), "exportable": .flag(wish.isExportable),
        ]
        let change = ObjectChange(object: "certificate of \(subject)", before: nil, after: after)
        return Response(preview: [change], steps: steps)
    }

    /// What changes when a certificate is put to uses, and whether it serves them.
    func previewAssignment(_ wish: CertificateAssignment) async throws -> Response {
        let (before, after) = try await self.inventories(around: wish)
        var steps: [TestStep] = []
        for use in wish.uses {
            let check = CertificateCheck(id: wish.id, use: use)
            guard case .certificateReport(let report) = try await self.ask(.certificateCheck(check)) else {
                throw Problem.failed
            }
            steps += report.findings.map { TestStep($0, use: use) }
        }
        let consequences = AssignmentConsequences(of: wish.id, before: before, after: after)
        return Response(preview: consequences.changes, steps: steps + consequences.steps)
    }

    /// What goes, and what peers are shown in its place.
    func previewRemoval(_ id: String) async throws -> Response {
        let record = try await self.kept(id)
        guard record.state != .pending else { return Response(preview: [Self.change(record, nil)]) }
        let (before, after) = try await self.inventories(around: CertificateAssignment(id: id, uses: []))
        let consequences = AssignmentConsequences(of: id, before: before, after: after)
        let others = consequences.changes.filter { $0.object != "certificate \(id)" }
        return Response(preview: [Self.change(record, nil)] + others, steps: consequences.steps)
    }

    /// All certificates as they are, and as they would be; cert-service says so, which alone knows what edges are given.
    private func inventories(
        around wish: CertificateAssignment
    ) async throws -> (before: [CertificateRecord], after: [CertificateRecord]) {
        guard case .certificateInventory(let before) = try await self.ask(.certificateList),
            case .certificateInventory(let after) = try await self.ask(.certificateAssignmentPreview(wish))
        else { throw Problem.failed }
        return (before.records, after.records)
    }

    /// The request that would be made: with the names of what it renews, and a new key.
    func previewRenewal(_ id: String) async throws -> Response {
        let record = try await self.kept(id)
        let after: DocumentValue = [
            "names": DocumentValue(texts: record.names), "key": .text("a new \(record.keyKind)"),
            "replaces": .text(id), "uses": DocumentValue(texts: record.uses.map(\.rawValue)),
        ]
        return Response(preview: [ObjectChange(object: "request for a certificate", before: nil, after: after)])
    }

    /// What is revoked, and what is ordered in its place; whether its CA will do it, only the CA knows.
    func previewRevocation(_ wish: CertificateRevocation) async throws -> Response {
        let record = try await self.kept(wish.id)
        let uses = DocumentValue(texts: record.uses.map(\.rawValue))
        guard record.uses.isEmpty || wish.isForced else {
            throw Problem(
                status: .unprocessableContent,
                title:
                    "\(wish.id) is in use for \(uses.summary); if it is meant, force it: another one is ordered at once"
            )
        }
        let revoked = ObjectChange(
            object: "certificate \(record.id)",
            before: ["state": .text(record.state.rawValue)],
            after: ["state": .text("revoked"), "cause": .text(wish.cause.rawValue)]
        )
        let successor = ObjectChange(
            object: "request for a certificate",
            before: nil,
            after: ["names": DocumentValue(texts: record.names), "replaces": .text(record.id), "uses": uses]
        )
        return Response(preview: record.uses.isEmpty ? [revoked] : [revoked, successor])
    }

    func previewRotation() async throws -> Response {
        guard case .certificateInventory(let inventory) = try await self.ask(.certificateList) else {
            throw Problem.failed
        }
        let change = ObjectChange(
            object: "master key",
            before: ["encrypts": .text("the keys of \(inventory.records.count) certificates and requests")],
            after: ["encrypts": .text("nothing: it is kept beside the new one, for backups of before")]
        )
        let new = ObjectChange(
            object: "master key (new)",
            before: nil,
            after: ["encrypts": .text("the keys of \(inventory.records.count) certificates and requests")]
        )
        return Response(preview: [change, new])
    }

    private static func change(_ before: CertificateRecord, _ after: CertificateRecord?) -> ObjectChange {
        ObjectChange(object: "certificate \(before.id)", before: before.document, after: after?.document)
    }

    // MARK: Trust

    /// The authorities of a file, or its revocation lists; those that are trusted for the same already are no change.
    func previewTrust(_ wish: TrustRootAddition) async throws -> Response {
        do throws(IssuingError) {
            guard !RevocationList.isContained(in: wish.data) else {
                return Response(
                    preview: try RevocationList.lists(data: wish.data).map { list in
                        ObjectChange(
                            object: "revocation list of \(list.issuer)",
                            before: nil,
                            after: [
                                "issued": DocumentValue(milliseconds: list.thisUpdate * 1_000),
                                "next": list.nextUpdate.map { DocumentValue(milliseconds: $0 * 1_000) } ?? .null,
                            ]
                        )
                    }
                )
            }
        } catch {
            throw Problem(status: .unprocessableContent, title: "the file cannot be taken: \(error)")
        }
        let certificates: [Certificate]
        do throws(IssuingError) {
            certificates = try CertificateBundle(data: wish.data).certificates
        } catch {
            throw Problem(status: .unprocessableContent, title: "the file cannot be taken: \(error)")
        }
        guard certificates.allSatisfy(\.isAuthority) else {
            throw Problem(
                status: .unprocessableContent,
                title: "a certificate that is not of an authority cannot be a trust root"
            )
        }
        guard case .trustRoots(let present) = try await self.ask(.trustRootList) else { throw Problem.failed }
        let uses = Set(wish.uses).sorted { $0.rawValue < $1.rawValue }
        let changes = certificates.map { certificate in
            let before = present.first { $0.fingerprint == certificate.fingerprint }
            let after: DocumentValue = [
                "subject": .text(certificate.subject),
                "uses": DocumentValue(texts: uses.map(\.rawValue)),
                "not-after": DocumentValue(milliseconds: certificate.notAfter * 1_000),
                "fingerprint": .text(certificate.fingerprint),
            ]
            return ObjectChange(
                object: "trust root \(certificate.subject)",
                before: before?.document.only(after.members ?? []),
                after: after
            )
        }
        return Response(preview: changes.filter { $0.before != $0.after })
    }

    func previewDistrust(_ id: String) async throws -> Response {
        guard case .trustRoots(let present) = try await self.ask(.trustRootList) else { throw Problem.failed }
        guard let root = present.first(where: { $0.id == id }) else { throw CommitRefusal.notFound("trust root \(id)") }
        return Response(
            preview: [
                ObjectChange(
                    object: "trust root \(root.subject)",
                    before: root.document.without("certificate"),
                    after: nil
                )
            ]
        )
    }
}

extension DocumentValue {
    /// The members that `others` have too, in their order.
    fileprivate func only(_ others: [Member]) -> DocumentValue {
        .object(others.compactMap { other in self[other.name].map { Member(other.name, $0) } })
    }

    fileprivate func without(_ name: String) -> DocumentValue {
        .object((self.members ?? []).filter { $0.name != name })
    }
}
