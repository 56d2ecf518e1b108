import Foundation
import Policy
import Wire

extension DocumentReader {
    /// PEM as it is, or anything in Base64.
    mutating func bytes(_ field: String) -> [UInt8] {
        let text = self.text(field, default: nil)
        if text.contains("-----BEGIN ") { return Array(text.utf8) }
        guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters), text.isEmpty || !data.isEmpty
        else {
            self.mistake(field, "it is neither PEM nor Base64", "send a PEM file as it is, any other file in Base64")
            return []
        }
        return Array(data)
    }

    mutating func uses() -> [CertificateUse] {
        self.texts("uses").compactMap { text in
            if let use = CertificateUse(rawValue: text) { return use }
            let uses = CertificateUse.allCases.map(\.rawValue).joined(separator: ", ")
            self.mistake("uses", "“\(text)” is no use of a certificate", "the uses are \(uses)")
            return nil
        }
    }
}

extension [UInt8] {
    /// In Base64.
    var base64: String { Data(self).base64EncodedString() }
}

extension CertificateSigningRequest {
    /// Who signs: `csr`, for somebody who carries it to a CA; `internal`; `acme`.
    private enum Issuer: String, CaseIterable { case csr, `internal`, acme }

    init(reading reader: inout DocumentReader) {
        let isImmediate = reader.flag("immediate", default: false)
        let name = reader.text("issuer", default: isImmediate ? "internal" : "csr")
        let issuer = Issuer(rawValue: name)
        if issuer == nil || isImmediate && issuer != .internal {
            let issuers = Issuer.allCases.map(\.rawValue).joined(separator: ", ")
            reader.mistake("issuer", "“\(name)” does not go here", "it is one of \(issuers); immediate means internal")
        }
        self.init(
            friendlyName: reader.text("friendly-name", default: ""),
            keyKind: reader.text("key", default: "rsa-2048"),
            isExportable: reader.flag("exportable", default: false),
            commonName: reader.text("common-name", default: ""),
            organization: reader.text("organization", default: ""),
            organizationalUnit: reader.text("organizational-unit", default: ""),
            country: reader.text("country", default: ""),
            state: reader.text("state", default: ""),
            city: reader.text("city", default: ""),
            dnsNames: reader.texts("dns-names"),
            xmppAddresses: reader.texts("xmpp-addresses"),
            templateName: reader.optionalText("template"),
            uses: reader.uses(),
            isImmediate: issuer == .internal,
            usesACME: issuer == .acme,
            isDryRun: reader.flag("dry-run", default: false)
        )
    }
}

extension CertificateRecord {
    var document: DocumentValue {
        [
            "id": .text(self.id),
            "friendly-name": .text(self.friendlyName),
            "state": .text(self.state.rawValue),
            "uses": DocumentValue(texts: self.uses.map(\.rawValue)),
            "subject": .text(self.subject),
            "issuer": .text(self.issuer),
            "names": DocumentValue(texts: self.names),
            "key": .text(self.keyKind),
            "not-before": DocumentValue(milliseconds: self.notBefore),
            "not-after": DocumentValue(milliseconds: self.notAfter),
            "fingerprint": .text(self.fingerprint),
            "exportable": .flag(self.isExportable),
            "warnings": DocumentValue(texts: self.warnings),
            "order": self.order?.document ?? .null,
            "staged-uses": DocumentValue(texts: self.stagedUses.map(\.rawValue)),
            "made-for": self.madeFor.isEmpty ? .null : .text(self.madeFor),
            "xmpp-domains": DocumentValue(texts: self.xmppDomains),
            "sip-domains": DocumentValue(texts: self.sipDomains),
        ]
    }
}

extension CertificateOrder {
    var document: DocumentValue {
        func time(_ milliseconds: Int64) -> DocumentValue {
            milliseconds == 0 ? .null : DocumentValue(milliseconds: milliseconds)
        }
        return [
            "directory": .text(self.directory), "progress": .text(self.progress), "problem": .text(self.problem),
            "failures": .integer(self.failures), "next-attempt": time(self.nextAttempt), "renewal": time(self.renewal),
            "explanation": .text(self.explanation), "replaces": .text(self.replaces),
            "revoked": time(self.revokedAt),
            "revocation-cause": self.revokedAt == 0 ? .null : .text(self.revocationCause.rawValue),
        ]
    }
}

extension TrustRoot {
    var document: DocumentValue {
        [
            "id": .text(self.id),
            "subject": .text(self.subject),
            "uses": DocumentValue(texts: self.uses.map(\.rawValue)),
            "not-after": DocumentValue(milliseconds: self.notAfter),
            "fingerprint": .text(self.fingerprint),
            "certificate": .text(self.certificatePEM),
        ]
    }
}
