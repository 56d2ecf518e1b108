import ArgumentParser
import Policy

/// The parameters of `Set-CsXmppGatewayConfiguration`, and what else holds for the whole gateway.
struct SettingsFields: FieldOptions {
    @Option(help: ArgumentHelp("Simultaneous streams with all partners (1000).", valueName: "number"))
    var connectionLimit: Int?

    @Option(help: ArgumentHelp("Simultaneous streams with one partner (20).", valueName: "number"))
    var partnerConnectionLimit: Int?

    @Option(help: ArgumentHelp("Seconds between keep-alives (300).", valueName: "seconds"))
    var keepAliveInterval: Int?

    @Option(help: ArgumentHelp("Seconds a stream may take to be negotiated (60).", valueName: "seconds"))
    var streamEstablishmentTimeout: Int?

    @Option(help: ArgumentHelp("Seconds after which a silent stream is closed (600).", valueName: "seconds"))
    var streamInactivityTimeout: Int?

    @Option(
        help: ArgumentHelp("Seconds after which a presence subscription must be renewed (28800).", valueName: "seconds")
    )
    var subscriptionRefreshInterval: Int?

    @Option(
        help: ArgumentHelp(
            "Whether what people write may appear in logs: true or false (the default).",
            valueName: "bool"
        ),
        completion: NameCompletion.flag
    )
    var logMessageBodies: Bool?

    @Option(
        help: ArgumentHelp(
            "Whether domains that are nobody's partner get the default partner's rules.",
            valueName: "bool"
        ),
        completion: NameCompletion.flag
    )
    var openFederation: Bool?

    @Option(
        help: ArgumentHelp(
            "Whether users may federate when no narrower scope says anything (false).",
            valueName: "bool"
        ),
        completion: NameCompletion.flag
    )
    var xmppAccess: Bool?

    @Option(
        help: ArgumentHelp(
            "The list of blocked domains; may be repeated; “” empties it.",
            valueName: "[inbound:|outbound:]pattern"
        )
    )
    var blockedDomain: [String] = []

    @Option(
        help: ArgumentHelp(
            "The list of allowed domains; may be repeated; “” empties it.",
            valueName: "[inbound:|outbound:]pattern"
        )
    )
    var allowedDomain: [String] = []

    @Option(help: ArgumentHelp("Adds to the list of blocked domains.", valueName: "[inbound:|outbound:]pattern"))
    var addBlockedDomain: [String] = []

    @Option(help: ArgumentHelp("Takes from the list of blocked domains.", valueName: "[inbound:|outbound:]pattern"))
    var removeBlockedDomain: [String] = []

    @Option(help: ArgumentHelp("Adds to the list of allowed domains.", valueName: "[inbound:|outbound:]pattern"))
    var addAllowedDomain: [String] = []

    @Option(help: ArgumentHelp("Takes from the list of allowed domains.", valueName: "[inbound:|outbound:]pattern"))
    var removeAllowedDomain: [String] = []

    @Option(
        help: ArgumentHelp("The default partner's type.", valueName: "type"),
        completion: .list(["federated", "public-verified", "public-unverified"])
    )
    var defaultPartnerType: String?

    @Option(
        name: .customLong("default-tls"),
        help: ArgumentHelp("The default partner's TLS.", valueName: "negotiation"),
        completion: .list(["required", "optional", "not-supported"])
    )
    var defaultTLS: String?

    @Option(
        name: .customLong("default-sasl"),
        help: ArgumentHelp("The default partner's SASL.", valueName: "negotiation"),
        completion: .list(["required", "optional", "not-supported"])
    )
    var defaultSASL: String?

    @Option(help: ArgumentHelp("The default partner's dialback.", valueName: "bool"), completion: NameCompletion.flag)
    var defaultDialback: Bool?

    var members: [DocumentValue.Member] {
        var members = Members()
        members.add("connection-limit", self.connectionLimit)
        members.add("partner-connection-limit", self.partnerConnectionLimit)
        members.add("keep-alive-interval", self.keepAliveInterval)
        members.add("stream-establishment-timeout", self.streamEstablishmentTimeout)
        members.add("stream-inactivity-timeout", self.streamInactivityTimeout)
        members.add("subscription-refresh-interval", self.subscriptionRefreshInterval)
        members.add("log-message-bodies", self.logMessageBodies)
        members.add("open-federation", self.openFederation)
        members.add("xmpp-access", self.xmppAccess)
        var partner = Members()
        partner.add("partner-type", self.defaultPartnerType)
        partner.add("tls", self.defaultTLS)
        partner.add("sasl", self.defaultSASL)
        partner.add("dialback", self.defaultDialback)
        return members.members
            + (partner.members.isEmpty ? [] : [.init("default-partner", .object(partner.members))])
            + Self.list("blocked-domains", self.blockedDomain) + Self.list("allowed-domains", self.allowedDomain)
    }

    var listChanges: [ListChange] {
        [
            ListChange(field: "blocked-domains", added: self.addBlockedDomain, removed: self.removeBlockedDomain),
            ListChange(field: "allowed-domains", added: self.addAllowedDomain, removed: self.removeAllowedDomain),
        ].filter { !$0.added.isEmpty || !$0.removed.isEmpty }
    }

    /// The lists of the settings as the changes leave them.
    ///
    /// - Throws: ``ClientError/refused(_:)`` when something is to be taken from a list that is not on it.
    func changedLists(of settings: DocumentValue) throws -> [DocumentValue.Member] {
        try self.listChanges.map { change in
            var rules = settings[change.field]?.elements ?? []
            for text in change.removed {
                let rule = Self.rule(text)
                guard rules.contains(rule) else {
                    let there = rules.map { Self.text(of: $0) }.joined(separator: ", ")
                    let title =
                        "“\(text)” is not among the \(change.field); there \(there.isEmpty ? "are none" : "is \(there)")"
                    throw ClientError.refused(Refusal(status: 404, ["title": .text(title)]))
                }
                rules.removeAll { $0 == rule }
            }
            for rule in change.added.map({ Self.rule($0) }) where !rules.contains(rule) { rules.append(rule) }
            return .init(change.field, .list(rules))
        }
    }

    private static func list(_ field: String, _ texts: [String]) -> [DocumentValue.Member] {
        guard !texts.isEmpty else { return [] }
        return [.init(field, .list(texts.filter { !$0.isEmpty }.map { self.rule($0) }))]
    }

    /// `inbound:*.example.com` for one direction, `example.com` for both.
    private static func rule(_ text: String) -> DocumentValue {
        let parts = text.lowercased().split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return ["pattern": .text(text.lowercased()), "direction": .text("both")] }
        return ["pattern": .text(String(parts[1])), "direction": .text(String(parts[0]))]
    }

    private static func text(of rule: DocumentValue) -> String {
        let (pattern, direction) = (rule["pattern"]?.text ?? "", rule["direction"]?.text ?? "both")
        return direction == "both" ? pattern : "\(direction):\(pattern)"
    }
}
