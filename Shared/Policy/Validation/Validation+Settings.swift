extension Validation {
    /// Limits with their reasons: none may be zero (that would switch the gateway off by the back door), and the upper
    /// ends are what one process has descriptors, or a peer has patience, for.
    enum Range {
        static let connectionLimit = 1...1_000_000
        static let partnerConnectionLimit = 1...100_000
        /// Below 10 s keep-alives are traffic of their own.
        static let keepAliveInterval = 10...86_400
        /// A TLS handshake over a slow link takes seconds; RFC 6120 peers give up after minutes.
        static let streamEstablishmentTimeout = 5...600
        static let streamInactivityTimeout = 30...604_800
        /// RFC 6665 subscriptions of less than a minute are polls.
        static let subscriptionRefreshInterval = 60...604_800
    }

    mutating func checkSettings(_ settings: GatewaySettings) {
        let object = settings.label
        self.checkRange(object, "connection-limit", settings.connectionLimit, Range.connectionLimit)
        self.checkRange(
            object,
            "partner-connection-limit",
            settings.partnerConnectionLimit,
            Range.partnerConnectionLimit
        )
        self.checkRange(object, "keep-alive-interval", settings.keepAliveInterval, Range.keepAliveInterval)
        self.checkRange(
            object,
            "stream-establishment-timeout",
            settings.streamEstablishmentTimeout,
            Range.streamEstablishmentTimeout
        )
        self.checkRange(
            object,
            "stream-inactivity-timeout",
            settings.streamInactivityTimeout,
            Range.streamInactivityTimeout
        )
        self.checkRange(
            object,
            "subscription-refresh-interval",
            settings.subscriptionRefreshInterval,
            Range.subscriptionRefreshInterval
        )
        if settings.partnerConnectionLimit > settings.connectionLimit {
            self.warning(
                object,
                "partner-connection-limit",
                String(settings.partnerConnectionLimit),
                "it is more than connection-limit, which is \(settings.connectionLimit), and so never reached",
                "lower it, or raise connection-limit"
            )
        }
        if settings.streamInactivityTimeout <= settings.keepAliveInterval {
            self.warning(
                object,
                "stream-inactivity-timeout",
                String(settings.streamInactivityTimeout),
                "streams are closed before their first keep-alive, which comes after \(settings.keepAliveInterval) s",
                "make it longer than keep-alive-interval"
            )
        }
        if settings.logMessageBodies {
            self.warning(
                object,
                "log-message-bodies",
                "true",
                "what users write to each other stands in the logs of the edges, at the level debug, for whoever may read those",
                "switch it off when you have found what you look for; see what the law asks of you before"
            )
        }
        self.check(rulesOf: settings.defaultPartner, "\(object) default-partner", warns: settings.openFederation)
        self.checkDefaultPartner(settings)
        self.checkLists(settings)
    }

    /// The default partner is every domain that is nobody's, so it has none of its own.
    private mutating func checkDefaultPartner(_ settings: GatewaySettings) {
        let (partner, object) = (settings.defaultPartner, "\(settings.label) default-partner")
        for domain in partner.additionalDomains {
            self.mistake(
                object,
                "additional-domains",
                domain,
                "the default partner stands for every domain that is nobody's, and has none of its own",
                "remove it here; if \(domain) has rules of its own, add it as a partner: isthmusctl partner add \(domain)"
            )
        }
        guard settings.openFederation, !partner.isEnabled else { return }
        self.warning(
            object,
            "enabled",
            "false",
            "open-federation is on, and unknown domains are refused all the same",
            "enable the default partner, or set open-federation to false"
        )
    }

    private mutating func checkLists(_ settings: GatewaySettings) {
        let lists = [("blocked-domains", settings.blockedDomains), ("allowed-domains", settings.allowedDomains)]
        for (field, rules) in lists {
            var seen: Set<String> = []
            for rule in rules {
                if let problem = DomainName.problem(withPattern: rule.pattern) {
                    self.mistake(
                        "settings",
                        field,
                        rule.pattern,
                        problem,
                        "write a domain, or *.domain for all below it"
                    )
                } else if !seen.insert(rule.pattern).inserted {
                    self.mistake(
                        "settings",
                        field,
                        rule.pattern,
                        "it is in the list twice",
                        "keep one, with direction “both” if need be"
                    )
                }
            }
        }
        let blocked = Set(settings.blockedDomains.map(\.pattern))
        for rule in settings.allowedDomains where blocked.contains(rule.pattern) {
            self.mistake(
                "settings",
                "allowed-domains",
                rule.pattern,
                "it is blocked as well",
                "keep it on one of the two lists"
            )
        }
    }
}
