internal import Messaging

extension Validation {
    mutating func checkDomains(_ snapshot: PolicySnapshot) {
        // Once for all domains: there may be a thousand of them, and a hundred thousand users.
        var firstXMPPUsers: [String: UserRecord] = [:]
        for user in snapshot.users where user.home == .xmpp {
            let domain = String(user.address.caseFolded.drop { $0 != "@" }.dropFirst())
            if firstXMPPUsers[domain] == nil { firstXMPPUsers[domain] = user }
        }
        for domain in snapshot.domains {
            if let problem = DomainName.problem(with: domain.domain) {
                self.mistake(domain.label, "domain", domain.domain, problem, "write a domain such as sip.example.com")
            }
            self.checkText(domain.label, "description", domain.description)
            self.checkPartition(of: domain, firstXMPPUsers[domain.domain.caseFolded])
            if self.state.routes(to: Address(user: nil, domain: domain.domain)).isEmpty {
                self.warning(
                    domain.label,
                    "domain",
                    domain.domain,
                    "no static route leads to its users",
                    "add one: isthmusctl route add \(domain.domain) --next-hop HOST"
                )
            }
        }
    }

    /// SPEC §7: a split domain without a known user of the XMPP server has nobody who could write from there.
    private mutating func checkPartition(of domain: LocalDomain, _ xmppUser: UserRecord?) {
        switch domain.partition {
        case .off:
            guard let user = xmppUser else { return }
            self.warning(
                domain.label,
                "partition",
                domain.partition.rawValue,
                "\(user.address) lives on the XMPP side, and the domain is not split",
                "split it: isthmusctl domain set \(domain.domain) --partition basic"
            )
        case .basic, .advanced:
            guard xmppUser == nil else { return }
            self.warning(
                domain.label,
                "partition",
                domain.partition.rawValue,
                "no user of the directory lives on the XMPP side, so everybody there is a stranger",
                "add them: isthmusctl user add NAME@\(domain.domain) --home xmpp"
            )
        }
    }

    /// [RFC 7622 §3.3](https://www.rfc-editor.org/rfc/rfc7622#section-3.3): a localpart has at most 1023 bytes.
    private static let maximumUserLength = 1_023

    mutating func check(_ user: UserRecord) {
        let example = "write user@domain"
        guard let at = user.address.lastIndex(of: "@") else {
            return self.mistake(user.label, "address", user.address, "it has no @", example)
        }
        let name = user.address[..<at]
        let domain = String(user.address[user.address.index(after: at)...])
        if name.isEmpty { self.mistake(user.label, "address", user.address, "nothing stands before the @", example) }
        if name.utf8.count > Self.maximumUserLength {
            self.mistake(
                user.label,
                "address",
                user.address,
                "the user's name is too long",
                "use at most \(Self.maximumUserLength) bytes"
            )
        }
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
            self.mistake(user.label, "address", user.address, "it has control characters", example)
        }
        if let problem = DomainName.problem(with: domain) {
            self.mistake(user.label, "address", user.address, problem, example)
        } else if !self.state.isLocal(domain) {
            self.mistake(
                user.label,
                "address",
                user.address,
                "\(domain) is not one of this gateway's domains",
                "add the domain first, or correct the address"
            )
        }
        self.checkText(user.label, "display-name", user.displayName)
    }
}
