import ArgumentParser
import Policy

/// The parameters of `New-CsXmppAllowedPartner` and `Set-CsXmppAllowedPartner`.
struct PartnerFields: FieldOptions {
    @Option(help: "A note.")
    var description: String?

    @Option(
        help: ArgumentHelp(
            "A further domain of the partner; may be repeated, and replaces the list.",
            valueName: "domain"
        )
    )
    var additionalDomain: [String] = []

    @Option(help: ArgumentHelp("Adds a further domain to the list.", valueName: "domain"))
    var addAdditionalDomain: [String] = []

    @Option(help: ArgumentHelp("Takes a further domain from the list.", valueName: "domain"))
    var removeAdditionalDomain: [String] = []

    @Option(
        help: ArgumentHelp("federated, public-verified or public-unverified (the default).", valueName: "type"),
        completion: .list(["federated", "public-verified", "public-unverified"])
    )
    var partnerType: String?

    @Option(
        help: ArgumentHelp("TLS: required (the default), optional or not-supported.", valueName: "negotiation"),
        completion: .list(["required", "optional", "not-supported"])
    )
    var tls: String?

    @Option(
        help: ArgumentHelp("SASL: required (the default), optional or not-supported.", valueName: "negotiation"),
        completion: .list(["required", "optional", "not-supported"])
    )
    var sasl: String?

    @Option(
        help: ArgumentHelp("Whether dialback may be used: true (the default) or false.", valueName: "bool"),
        completion: NameCompletion.flag
    )
    var dialback: Bool?

    @Option(
        help: ArgumentHelp(
            "Whether keep-alives are sent and expected: true (the default) or false.",
            valueName: "bool"
        ),
        completion: NameCompletion.flag
    )
    var keepAlive: Bool?

    @Option(help: ArgumentHelp("Simultaneous streams (20).", valueName: "number"))
    var connectionLimit: Int?

    @Option(
        name: .customLong("proxy-fqdn"),
        help: ArgumentHelp("Where to connect instead of asking DNS; “” for none.", valueName: "host[:port]")
    )
    var proxyFQDN: String?

    @Option(
        help: ArgumentHelp(
            "Whether its certificate must have clientAuth where it connects to us: true or false (the default).",
            valueName: "bool"
        ),
        completion: NameCompletion.flag
    )
    var requireClientAuth: Bool?

    @Option(
        help: ArgumentHelp("Whether the partner is in force: true (the default) or false.", valueName: "bool"),
        completion: NameCompletion.flag
    )
    var enabled: Bool?

    var members: [DocumentValue.Member] {
        var members = Members()
        members.add("description", self.description)
        members.add("additional-domains", self.additionalDomain)
        members.add("partner-type", self.partnerType)
        members.add("tls", self.tls)
        members.add("sasl", self.sasl)
        members.add("dialback", self.dialback)
        members.add("keep-alive", self.keepAlive)
        members.add("connection-limit", self.connectionLimit)
        members.add("proxy-fqdn", self.proxyFQDN)
        members.add("require-client-auth", self.requireClientAuth)
        members.add("enabled", self.enabled)
        return members.members
    }

    var listChanges: [ListChange] {
        [ListChange(field: "additional-domains", added: self.addAdditionalDomain, removed: self.removeAdditionalDomain)]
    }
}
