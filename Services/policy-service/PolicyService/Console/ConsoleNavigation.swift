/// Where the pages of the console are, and in which order.
enum ConsoleNavigation {
    struct Page: Sendable {
        /// Below `/console`.
        let path: String
        let label: String

        var href: String { self.path.isEmpty ? ConsoleRoutes.root : "\(ConsoleRoutes.root)/\(self.path)" }
    }

    struct Section: Sendable {
        let title: String
        let pages: [Page]
    }

    static let sections: [Section] = [
        Section(title: "Gateway", pages: [page("", "Overview"), page("health", "Service health")]),
        Section(
            title: "Federation",
            pages: [
                page("partners", "XMPP partners"), page("external-access", "External access"),
                page("domains", "SIP domains"), page("users", "Users"),
            ]
        ),
        Section(
            title: "SIP servers",
            pages: [
                page("routes", "Static routes"), page("hosts", "Host authorization"), page("guides", "The other side"),
            ]
        ),
        Section(
            title: "Names and keys",
            pages: [
                page("certificates", "Certificates"), page("trust", "Trusted CAs"),
                page("secrets", "Secrets"), page("dns", "DNS plan"),
            ]
        ),
        Section(
            title: "What happens",
            pages: [
                page("streams", "Live streams"), page("subscriptions", "Subscriptions"), page("refusals", "Refusals"),
                page("explain", "Explain"),
            ]
        ),
        Section(
            title: "Changes",
            pages: [
                page("changes", "Staged changes"), page("history", "History"), page("audit", "Audit log"),
                page("transfer", "Import and export"), page("settings", "Limits and times"),
                page("tokens", "API tokens"),
            ]
        ),
    ]

    static var pages: [Page] { self.sections.flatMap(\.pages) }

    private static func page(_ path: String, _ label: String) -> Page { Page(path: path, label: label) }

    /// For the template of a page.
    static func values(current: String) -> [[String: Any]] {
        self.sections.enumerated().map { index, section in
            [
                "sectionID": "section-\(index)", "sectionTitle": section.title,
                "pages": section.pages.map { page in
                    ["pageHref": page.href, "pageLabel": page.label, "isCurrent": page.path == current] as [String: Any]
                },
            ]
        }
    }
}
