import Hummingbird

extension APICatalogue {
    private static let changing = ["dry-run", "reason", "base", "full"]

    static let configuration: [Entry] = [
        Entry(
            method: .get,
            path: "/v1/settings",
            summary: "What holds for the whole gateway.",
            role: .viewer,
            answer: "Settings"
        ),
        Entry(
            method: .put,
            path: "/v1/settings",
            summary: "Replaces the settings.",
            role: .admin,
            query: changing,
            body: "Settings",
            answer: "Outcome"
        ),
        Entry(
            method: .patch,
            path: "/v1/settings",
            summary: "Changes the settings that are sent.",
            role: .admin,
            query: changing,
            body: "Settings",
            answer: "Outcome"
        ),
        Entry(method: .get, path: "/v1/configuration", summary: "All of it, as `apply` takes it.", role: .viewer),
        Entry(
            method: .put,
            path: "/v1/configuration",
            summary: "Replaces the sections that are sent, all in one commit.",
            role: .admin,
            query: changing,
            answer: "Outcome"
        ),
        Entry(
            method: .post,
            path: "/v1/changes",
            summary: "Several changes in one commit: of each the role that it alone would need.",
            role: .operator,
            query: changing,
            body: "Changes",
            answer: "Outcome"
        ),
        Entry(method: .get, path: "/v1/transfer/users", summary: "All users, as CSV.", role: .viewer),
        Entry(
            method: .post,
            path: "/v1/transfer/users",
            summary:
                "Adds and changes the users of a file in one commit: our CSV, a list of SIP URIs, or a contact list.",
            role: .operator,
            query: changing + ["home", "remove-others"],
            answer: "Outcome"
        ),
        Entry(
            method: .get,
            path: "/v1/transfer/contacts",
            summary: "Contact lists, as Cisco's Bulk Administration Tool takes them.",
            role: .viewer,
            query: ["group"]
        ),
        Entry(
            method: .post,
            path: "/v1/transfer/contacts",
            summary: "Brings in contact lists of Cisco's tool, wholly or not at all.",
            role: .operator,
            query: ["dry-run", "reason", "remove-others"]
        ),
        Entry(
            method: .get,
            path: "/v1/configuration/versions",
            summary: "The commits, the newest first.",
            role: .viewer,
            query: ["limit", "before"]
        ),
        Entry(
            method: .get,
            path: "/v1/configuration/versions/{key}",
            summary: "The configuration as it was at a version.",
            role: .viewer
        ),
        Entry(
            method: .get,
            path: "/v1/configuration/versions/{key}/changes",
            summary: "What differs between this version and another; without `to`, the present one.",
            role: .viewer,
            query: ["to", "after", "limit", "full"]
        ),
        Entry(
            method: .post,
            path: "/v1/configuration/versions/{key}/restore",
            summary: "Makes the configuration what it was, by a new commit.",
            role: .admin,
            query: changing,
            answer: "Outcome"
        ),
    ]

    static let records: [Entry] = [
        Entry(
            method: .get,
            path: "/v1/refusals",
            summary: "What was refused, and why, the newest first.",
            role: .viewer,
            query: [
                "limit", "before", "reason", "message-id", "party", "direction", "partner", "domain", "since", "until",
            ]
        ),
        Entry(method: .get, path: "/v1/refusals/{key}", summary: "One refusal, by its number.", role: .viewer),
        Entry(method: .get, path: "/v1/dialback", summary: "The ages of the dialback secrets.", role: .viewer),
        Entry(
            method: .post,
            path: "/v1/dialback/rotate",
            summary: "Makes a new dialback secret; the old one counts for the overlap.",
            role: .admin,
            query: ["dry-run", "reason"]
        ),
        Entry(
            method: .get,
            path: "/v1/audit",
            summary: "Who did what, the newest first; of each commit the first changes, with `full` all.",
            role: .viewer,
            query: ["limit", "before", "full"]
        ),
        Entry(
            method: .get,
            path: "/v1/subscriptions",
            summary: "Who watches whom.",
            role: .viewer,
            query: ["direction", "watcher", "presentity", "cursor", "limit"]
        ),
        Entry(method: .get, path: "/v1/status", summary: "How the gateway fares.", role: .viewer),
        Entry(method: .get, path: "/v1/edges", summary: "The live edges.", role: .viewer),
        Entry(method: .get, path: "/v1/streams", summary: "The live streams of all edges.", role: .viewer),
        Entry(
            method: .get,
            path: "/v1/next-hops",
            summary: "How the servers that static routes lead to fare, as each sip-edge sees them.",
            role: .viewer
        ),
        Entry(
            method: .get,
            path: "/v1/backup",
            summary: "A backup of the store, as lines of JSON; the keys of other services are not in it.",
            role: .admin
        ),
        Entry(
            method: .post,
            path: "/v1/backup/restore",
            summary: "Replaces all there is by what a backup holds.",
            role: .admin,
            query: ["dry-run", "force", "reason"]
        ),
        Entry(method: .get, path: "/v1/tokens", summary: "The API tokens, by name.", role: .viewer),
        Entry(
            method: .post,
            path: "/v1/tokens",
            summary: "Makes a token and shows it, this once.",
            role: .admin,
            query: ["dry-run", "reason"]
        ),
        Entry(
            method: .delete,
            path: "/v1/tokens/{key}",
            summary: "Makes a token worthless.",
            role: .admin,
            query: ["dry-run", "reason"]
        ),
    ]

    static let certificates: [Entry] = [
        Entry(method: .get, path: "/v1/certificates", summary: "The certificates and requests.", role: .viewer),
        Entry(
            method: .post,
            path: "/v1/certificates",
            summary: "Imports a certificate.",
            role: .operator,
            query: ["dry-run", "reason"]
        ),
        Entry(
            method: .post,
            path: "/v1/certificates/requests",
            summary:
                "Makes a key and a request for a CA, has the internal CA sign it, or orders it by ACME; with dry-run only its summary.",
            role: .operator,
            query: ["dry-run", "reason"]
        ),
        Entry(
            method: .post,
            path: "/v1/certificates/checks",
            summary: "Whether a certificate serves a use, item by item.",
            role: .operator
        ),
        Entry(
            method: .post,
            path: "/v1/certificates/master-key/rotation",
            summary: "Encrypts the private keys at rest with a new master key.",
            role: .admin,
            query: ["dry-run", "reason"]
        ),
        Entry(
            method: .post,
            path: "/v1/certificates/{key}/exports",
            summary: "A certificate with its private key as PKCS#12, where the key is exportable.",
            role: .admin,
            query: ["reason"]
        ),
        Entry(
            method: .post,
            path: "/v1/certificates/{key}/renewals",
            summary: "Asks again for what a certificate was asked for, with a new key, or hastens the order under way.",
            role: .operator,
            query: ["dry-run", "reason"]
        ),
        Entry(
            method: .post,
            path: "/v1/certificates/{key}/revocation",
            summary: "Has the CA that issued a certificate by ACME revoke it; one that is in use is ordered anew.",
            role: .admin,
            query: ["dry-run", "reason"]
        ),
        Entry(
            method: .put,
            path: "/v1/certificates/{key}/uses",
            summary: "Assigns a certificate.",
            role: .operator,
            query: ["dry-run", "reason"]
        ),
        Entry(
            method: .delete,
            path: "/v1/certificates/{key}",
            summary: "Removes a certificate and its key.",
            role: .admin,
            query: ["dry-run", "reason"]
        ),
        Entry(method: .get, path: "/v1/acme-account", summary: "The account at the ACME CA.", role: .viewer),
        Entry(
            method: .post,
            path: "/v1/acme-account/key",
            summary: "Gives the account at the ACME CA another key.",
            role: .admin,
            query: ["dry-run", "reason"]
        ),
        Entry(
            method: .delete,
            path: "/v1/acme-account",
            summary: "Ends the account at the ACME CA; the next order makes another.",
            role: .admin,
            query: ["dry-run", "reason"]
        ),
        Entry(method: .get, path: "/v1/trust-roots", summary: "The CAs that are trusted.", role: .viewer),
        Entry(
            method: .post,
            path: "/v1/trust-roots",
            summary: "Trusts a CA.",
            role: .admin,
            query: ["dry-run", "reason"]
        ),
        Entry(
            method: .delete,
            path: "/v1/trust-roots/{key}",
            summary: "Trusts a CA no more.",
            role: .admin,
            query: ["dry-run", "reason"]
        ),
    ]

    static let tools: [Entry] = [
        Entry(method: .get, path: "/v1/dns/plan", summary: "What would have to change in DNS.", role: .viewer),
        Entry(method: .get, path: "/v1/dns/zone", summary: "The records as a zone file.", role: .viewer),
        Entry(
            method: .post,
            path: "/v1/dns/apply",
            summary: "Carries out the plan that was reviewed.",
            role: .operator,
            query: ["reason"]
        ),
        Entry(
            method: .get,
            path: "/v1/explain",
            summary: "Whether something may cross, and every rule that decided it.",
            role: .viewer,
            query: ["from", "to", "kind", "direction"]
        ),
        Entry(
            method: .get,
            path: "/v1/guide/{key}",
            summary: "What to enter at the other side: lcs, ocs, lync, cisco, prosody, ejabberd, kamailio.",
            role: .viewer,
            query: ["name", "address"]
        ),
        Entry(
            method: .post,
            path: "/v1/tests/partners/{key}",
            summary: "Walks DNS, TCP, TLS and authentication of a partner's domain.",
            role: .operator
        ),
        Entry(
            method: .post,
            path: "/v1/tests/routes/{key}",
            summary: "Connects to a route's next hop and asks it for OPTIONS.",
            role: .operator
        ),
        Entry(
            method: .post,
            path: "/v1/tests/messages",
            summary: "Sends a test message between two people, and says how far it came.",
            role: .operator,
            query: ["reason"]
        ),
        Entry(
            method: .post,
            path: "/v1/tests/certificates",
            summary: "Whether the certificates serve the domains.",
            role: .operator
        ),
        Entry(method: .post, path: "/v1/tests/dns", summary: "Whether DNS is as wanted.", role: .operator),
        Entry(
            method: .post,
            path: "/v1/tests/preflight/{key}",
            summary: "What of a domain of ours is ready for a cut-over, and what is not.",
            role: .operator
        ),
        Entry(method: .get, path: "/v1/openapi.json", summary: "This document.", role: .viewer),
    ]
}
