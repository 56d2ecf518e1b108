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
        Entry(
            method: .get,
            path: "/v1/configuration",
            summary: "All of it, as `apply` takes it.",
            role: .viewer,
            answer: "Configuration"
        ),
        Entry(
            method: .put,
            path: "/v1/configuration",
            summary: "Replaces the sections that are sent, all in one commit.",
            role: .admin,
            query: changing,
            body: "Configuration",
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
        Entry(
            method: .get,
            path: "/v1/transfer/users",
            summary: "All users, as CSV.",
            role: .viewer,
            answer: "text/csv"
        ),
        Entry(
            method: .post,
            path: "/v1/transfer/users",
            summary:
                "Adds and changes the users of a file in one commit: our CSV, a list of SIP URIs, or a contact list.",
            role: .operator,
            query: changing + ["home", "remove-others"],
            body: "text/csv",
            answer: "Outcome"
        ),
        Entry(
            method: .get,
            path: "/v1/transfer/contacts",
            summary: "Contact lists, as Cisco's Bulk Administration Tool takes them.",
            role: .viewer,
            query: ["group"],
            answer: "text/csv"
        ),
        Entry(
            method: .post,
            path: "/v1/transfer/contacts",
            summary: "Brings in contact lists of Cisco's tool, wholly or not at all.",
            role: .operator,
            query: ["dry-run", "reason", "remove-others"],
            body: "text/csv",
            answer: "ContactOutcome"
        ),
        Entry(
            method: .get,
            path: "/v1/configuration/versions",
            summary: "The commits, the newest first.",
            role: .viewer,
            query: ["limit", "before"],
            answer: "VersionList"
        ),
        Entry(
            method: .get,
            path: "/v1/configuration/versions/{key}",
            summary: "The configuration as it was at a version.",
            role: .viewer,
            answer: "Configuration"
        ),
        Entry(
            method: .get,
            path: "/v1/configuration/versions/{key}/changes",
            summary: "What differs between this version and another; without `to`, the present one.",
            role: .viewer,
            query: ["to", "after", "limit", "full"],
            answer: "Comparison"
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
            ],
            answer: "RefusalList"
        ),
        Entry(
            method: .get,
            path: "/v1/refusals/{key}",
            summary: "One refusal, by its number.",
            role: .viewer,
            answer: "Refusal"
        ),
        Entry(
            method: .get,
            path: "/v1/dialback",
            summary: "The ages of the dialback secrets.",
            role: .viewer,
            answer: "Dialback"
        ),
        Entry(
            method: .post,
            path: "/v1/dialback/rotate",
            summary: "Makes a new dialback secret; the old one counts for the overlap.",
            role: .admin,
            query: ["dry-run", "reason"],
            body: "Rotation",
            answer: "Dialback"
        ),
        Entry(
            method: .get,
            path: "/v1/audit",
            summary: "Who did what, the newest first; of each commit the first changes, with `full` all.",
            role: .viewer,
            query: ["limit", "before", "full"],
            answer: "AuditList"
        ),
        Entry(
            method: .get,
            path: "/v1/subscriptions",
            summary: "Who watches whom.",
            role: .viewer,
            query: ["direction", "watcher", "presentity", "cursor", "limit"],
            answer: "SubscriptionList"
        ),
        Entry(
            method: .get,
            path: "/v1/status",
            summary: "How the gateway fares.",
            role: .viewer,
            answer: "Status"
        ),
        Entry(
            method: .get,
            path: "/v1/edges",
            summary: "The live edges.",
            role: .viewer,
            answer: "EdgeList"
        ),
        Entry(
            method: .get,
            path: "/v1/streams",
            summary: "The live streams of all edges.",
            role: .viewer,
            answer: "StreamList"
        ),
        Entry(
            method: .get,
            path: "/v1/next-hops",
            summary: "How the servers that static routes lead to fare, as each sip-edge sees them.",
            role: .viewer,
            answer: "NextHopList"
        ),
        Entry(
            method: .get,
            path: "/v1/backup",
            summary: "A backup of the store, as lines of JSON; the keys of other services are not in it.",
            role: .admin,
            answer: "application/jsonl"
        ),
        Entry(
            method: .post,
            path: "/v1/backup/restore",
            summary: "Replaces all there is by what a backup holds.",
            role: .admin,
            query: ["dry-run", "force", "reason"],
            body: "application/jsonl",
            answer: "Restored"
        ),
        Entry(
            method: .get,
            path: "/v1/tokens",
            summary: "The API tokens, by name.",
            role: .viewer,
            answer: "TokenList"
        ),
        Entry(
            method: .post,
            path: "/v1/tokens",
            summary: "Makes a token and shows it, this once.",
            role: .admin,
            query: ["dry-run", "reason"],
            body: "Token",
            answer: "NewToken",
            status: .created
        ),
        Entry(
            method: .delete,
            path: "/v1/tokens/{key}",
            summary: "Makes a token worthless.",
            role: .admin,
            query: ["dry-run", "reason"],
            answer: "Removed"
        ),
    ]
}
