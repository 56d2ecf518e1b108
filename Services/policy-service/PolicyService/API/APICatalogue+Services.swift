import Hummingbird

/// What other services do, on an administrator's behalf, and the questions there are.
extension APICatalogue {
    static let certificates: [Entry] = [
        Entry(
            method: .get,
            path: "/v1/certificates",
            summary: "The certificates and requests.",
            role: .viewer,
            answer: "CertificateList"
        ),
        Entry(
            method: .post,
            path: "/v1/certificates",
            summary: "Imports a certificate.",
            role: .operator,
            query: ["dry-run", "reason"],
            body: "CertificateImport",
            answer: "Certificate",
            status: .created
        ),
        Entry(
            method: .post,
            path: "/v1/certificates/requests",
            summary:
                "Makes a key and a request for a CA, has the internal CA sign it, or orders it by ACME; with dry-run only its summary.",
            role: .operator,
            query: ["dry-run", "reason"],
            body: "CertificateRequest",
            answer: "NewRequest",
            status: .created
        ),
        Entry(
            method: .post,
            path: "/v1/certificates/checks",
            summary: "Whether a certificate serves a use, item by item.",
            role: .operator,
            body: "CertificateCheck",
            answer: "TestReport"
        ),
        Entry(
            method: .post,
            path: "/v1/certificates/master-key/rotation",
            summary: "Encrypts the private keys at rest with a new master key.",
            role: .admin,
            query: ["dry-run", "reason"],
            answer: "MasterKeyRotation"
        ),
        Entry(
            method: .post,
            path: "/v1/certificates/{key}/exports",
            summary: "A certificate with its private key as PKCS#12, where the key is exportable.",
            role: .admin,
            query: ["reason"],
            body: "CertificateExport",
            answer: "ExportedCertificate"
        ),
        Entry(
            method: .post,
            path: "/v1/certificates/{key}/renewals",
            summary: "Asks again for what a certificate was asked for, with a new key, or hastens the order under way.",
            role: .operator,
            query: ["dry-run", "reason"],
            answer: "Certificate",
            status: .accepted
        ),
        Entry(
            method: .post,
            path: "/v1/certificates/{key}/revocation",
            summary: "Has the CA that issued a certificate by ACME revoke it; one that is in use is ordered anew.",
            role: .admin,
            query: ["dry-run", "reason"],
            body: "Revocation",
            answer: "Certificate"
        ),
        Entry(
            method: .put,
            path: "/v1/certificates/{key}/uses",
            summary: "Assigns a certificate.",
            role: .operator,
            query: ["dry-run", "reason"],
            body: "Assignment",
            answer: "Certificate"
        ),
        Entry(
            method: .delete,
            path: "/v1/certificates/{key}",
            summary: "Removes a certificate and its key.",
            role: .admin,
            query: ["dry-run", "reason"],
            answer: "Removed"
        ),
        Entry(
            method: .get,
            path: "/v1/acme-account",
            summary: "The account at the ACME CA.",
            role: .viewer,
            answer: "Account"
        ),
        Entry(
            method: .post,
            path: "/v1/acme-account/key",
            summary: "Gives the account at the ACME CA another key.",
            role: .admin,
            query: ["dry-run", "reason"],
            answer: "Account"
        ),
        Entry(
            method: .delete,
            path: "/v1/acme-account",
            summary: "Ends the account at the ACME CA; the next order makes another.",
            role: .admin,
            query: ["dry-run", "reason"],
            answer: "Account"
        ),
        Entry(
            method: .get,
            path: "/v1/trust-roots",
            summary: "The CAs that are trusted.",
            role: .viewer,
            answer: "TrustRootList"
        ),
        Entry(
            method: .post,
            path: "/v1/trust-roots",
            summary: "Trusts a CA.",
            role: .admin,
            query: ["dry-run", "reason"],
            body: "TrustRootAddition",
            answer: "TrustRootList"
        ),
        Entry(
            method: .delete,
            path: "/v1/trust-roots/{key}",
            summary: "Trusts a CA no more.",
            role: .admin,
            query: ["dry-run", "reason"],
            answer: "Removed"
        ),
    ]

    static let tools: [Entry] = [
        Entry(
            method: .get,
            path: "/v1/dns/plan",
            summary: "What would have to change in DNS.",
            role: .viewer,
            answer: "DNSPlan"
        ),
        Entry(
            method: .get,
            path: "/v1/dns/zone",
            summary: "The records as a zone file.",
            role: .viewer,
            answer: "Zone"
        ),
        Entry(
            method: .post,
            path: "/v1/dns/apply",
            summary: "Carries out the plan that was reviewed.",
            role: .operator,
            query: ["reason"],
            body: "DNSApply",
            answer: "DNSResult"
        ),
        Entry(
            method: .get,
            path: "/v1/explain",
            summary: "Whether something may cross, and every rule that decided it.",
            role: .viewer,
            query: ["from", "to", "kind", "direction"],
            answer: "Explanation"
        ),
        Entry(
            method: .get,
            path: "/v1/guide/{key}",
            summary: "What to enter at the other side: lcs, ocs, lync, cisco, prosody, ejabberd, kamailio.",
            role: .viewer,
            query: ["name", "address"],
            answer: "Guide"
        ),
        Entry(
            method: .post,
            path: "/v1/tests/partners/{key}",
            summary: "Has an xmpp-edge open a stream to a partner's domain, and tells each step.",
            role: .operator,
            query: ["from", "edge", "reason"],
            answer: "TestReport"
        ),
        Entry(
            method: .post,
            path: "/v1/tests/routes/{key}",
            summary: "Has a sip-edge ask a route's servers for OPTIONS, and tells each step.",
            role: .operator,
            query: ["edge", "reason"],
            answer: "TestReport"
        ),
        Entry(
            method: .post,
            path: "/v1/tests/messages",
            summary: "Sends a test message between two people, and says how far it came.",
            role: .operator,
            query: ["reason"],
            body: "TestMessage",
            answer: "TestReport"
        ),
        Entry(
            method: .post,
            path: "/v1/tests/certificates",
            summary: "Whether the certificates serve the domains.",
            role: .operator,
            answer: "TestReport"
        ),
        Entry(
            method: .post,
            path: "/v1/tests/dns",
            summary: "Whether DNS is as wanted.",
            role: .operator,
            answer: "TestReport"
        ),
        Entry(
            method: .post,
            path: "/v1/tests/preflight/{key}",
            summary: "What of a domain of ours is ready for a cut-over, and what is not.",
            role: .operator,
            answer: "TestReport"
        ),
        Entry(
            method: .get,
            path: "/v1/openapi.json",
            summary: "This document.",
            role: .viewer,
            answer: "Document"
        ),
    ]
}
