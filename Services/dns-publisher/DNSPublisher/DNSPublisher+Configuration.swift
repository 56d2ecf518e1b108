internal import Bus
internal import DNS
public import ServiceKit
internal import Wire

extension DNSPublisher {
    /// The settings of dns-publisher; README.md says what they mean.
    public struct Configuration: ServiceConfiguration {
        /// Where records are published.
        enum TargetKind: String, CaseIterable {
            /// Nowhere: the plan is a list for somebody who edits DNS by hand.
            case printed = "print"
            case zoneFile = "zone-file"
            /// Dynamic updates of a server, signed with a TSIG key.
            case update
        }

        let bus: Bus.Configuration
        let publishing: PublishingSettings
        let target: (any Target)?
        let checkInterval: Duration

        public init(_ settings: inout SettingsReader) {
            self.bus = Bus.Configuration(service: .dnsPublisher, settings: &settings)
            self.publishing = PublishingSettings(
                records: Self.records(&settings),
                zones: settings.list("dns.zones", hint: "the zones that are managed; by default each domain is a zone")
                    .map { $0.lowercased() },
                owner: settings.value(
                    "dns.owner",
                    kind: "a word of letters, digits and hyphens",
                    default: "isthmus",
                    fallback: "",
                    hint: "marks the records that are ours; another for each gateway that publishes into one zone"
                ) { text in
                    text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || Character(UnicodeScalar($0)).isASCIIWord }
                        ? text : nil
                },
                propagation: UInt32(
                    settings.duration(
                        "dns.propagation",
                        default: .seconds(60),
                        in: .zero ... .seconds(86_400),
                        hint:
                            "how long the secondaries of the DNS server take to follow it; added to the TTL before a new key serves"
                    ).components.seconds
                ),
                automaticTypes: Self.automaticTypes(&settings)
            )
            self.target = Self.target(&settings)
            self.checkInterval = settings.duration(
                "dns.check-interval",
                default: .seconds(600),
                in: .seconds(10) ... .seconds(86_400),
                hint: "how often is looked whether DNS says what it should"
            )
        }

        private static func records(_ settings: inout SettingsReader) -> DesiredRecords.Settings {
            let xmpp = settings.list(
                "access.xmpp",
                hint: "names under which peers reach the XMPP edges; by default xmpp.<domain>"
            )
            let sip = settings.list(
                "access.sip",
                hint: "names under which peers reach the SIP edges; by default sip.<domain>"
            )
            let addresses = settings.list(
                "dns.addresses",
                hint: "NAME=ADDRESS of access names with fixed addresses; the others follow the live edges"
            )
            var records = DesiredRecords.Settings()
            let (xmppPoints, xmppMistakes) = AccessPoint.read(names: xmpp, addresses: addresses)
            let (sipPoints, sipMistakes) = AccessPoint.read(names: sip, addresses: addresses)
            records.xmppAccess = xmppPoints
            records.sipAccess = sipPoints
            for mistake in Set(xmppMistakes + sipMistakes).sorted() {
                let key =
                    addresses.contains(mistake)
                    ? "dns.addresses" : xmpp.contains(mistake) ? "access.xmpp" : "access.sip"
                settings.reject(key, problem: "“\(mistake)” is no host name or NAME=ADDRESS", hint: "xmpp.contoso.com")
            }
            records.strategy = settings.choice(
                "dns.strategy",
                default: .failover,
                hint: "how several access names share the peers: one after the other, or evenly"
            )
            records.ttl = UInt32(
                settings.int("dns.ttl", default: 300, in: 5...604_800, hint: "time to live in seconds")
            )
            records.ports = Self.ports(&settings)
            records.keyUses = Self.keyUses(&settings)
            return records
        }

        /// Which changes are made without a review, and the types of their records.
        private static func automaticTypes(_ settings: inout SettingsReader) -> Set<String> {
            let types = ["addresses": ["A", "AAAA"], "keys": ["TLSA"]]
            let words = settings.list(
                "dns.automatic",
                hint:
                    "what is changed without a review: addresses (of edges that come, drain and go), keys (TLSA records)"
            )
            for word in words where types[word] == nil {
                settings.reject("dns.automatic", problem: "“\(word)” is unknown", hint: "addresses,keys")
            }
            return Set(words.flatMap { types[$0] ?? [] })
        }

        private static func keyUses(_ settings: inout SettingsReader) -> Set<CertificateUse> {
            let words = settings.list(
                "dns.tlsa",
                hint:
                    "the edges whose public keys are published as TLSA records (DANE): xmpp, sip; the zones should be signed"
            )
            for word in words where CertificateUse(rawValue: word) == nil {
                settings.reject("dns.tlsa", problem: "“\(word)” is no kind of edge", hint: "xmpp,sip")
            }
            return Set(words.compactMap { CertificateUse(rawValue: $0) })
        }

        private static func ports(_ settings: inout SettingsReader) -> DesiredRecords.Ports {
            func port(_ name: String, _ standard: Int, _ service: String) -> Int {
                settings.int(
                    "dns.port-\(name)",
                    default: standard,
                    in: 0...65_535,
                    hint: "the port in the records \(service); 0: no such records"
                )
            }
            return DesiredRecords.Ports(
                xmpp: port("xmpp", 5269, "_xmpp-server._tcp"),
                xmppDirectTLS: port("xmpp-direct-tls", 5270, "_xmpps-server._tcp"),
                sipTLS: port("sip-tls", 5061, "_sips._tcp and _sipfederationtls._tcp"),
                sip: port("sip", 5060, "_sip._tcp")
            )
        }

        private static func target(_ settings: inout SettingsReader) -> (any Target)? {
            let kind: TargetKind = settings.choice(
                "dns.target",
                default: .printed,
                hint: "where records are published: a list to enter by hand, zone files, or updates of a server"
            )
            let directory = settings.path(
                "dns.zone-directory",
                default: "/var/lib/isthmus/zones",
                hint: "the folder of the zone files for dns.target=zone-file"
            )
            let server = settings.optionalEndpoint(
                "dns.server",
                hint: "the server for dns.target=update: 192.0.2.53:53"
            )
            let key = Self.key(&settings, isNeeded: kind == .update)
            switch kind {
            case .printed: return nil
            case .zoneFile: return ZoneFileTarget(directory: directory)
            case .update:
                guard let server else {
                    settings.reject(
                        "dns.server",
                        problem: "not set",
                        hint: "dns.target=update needs a server: 192.0.2.53:53"
                    )
                    return nil
                }
                return ServerTarget(client: UpdateClient(host: server.host, port: server.port, key: key))
            }
        }

        private static func key(_ settings: inout SettingsReader, isNeeded: Bool) -> UpdateKey? {
            let before = settings.mistakes.count
            let secret = settings.secret(
                "dns.tsig",
                hint: "the TSIG key for dns.target=update, as `tsig-keygen` prints it or ALGORITHM:NAME:SECRET"
            )
            guard settings.mistakes.count == before else { return nil }  // the file cannot be read, and that was said
            let key = secret?.text.flatMap { UpdateKey(contents: $0) }
            if key == nil && (isNeeded || secret != nil) {
                settings.reject(
                    "dns.tsig-file",
                    problem: secret == nil ? "not set" : "no TSIG key of hmac-sha256 or hmac-sha512",
                    hint: "name a file with what `tsig-keygen -a hmac-sha256 isthmus` prints"
                )
            }
            return key
        }
    }
}

extension Character {
    fileprivate var isASCIIWord: Bool { self.isASCII && (self.isLetter || self.isNumber) }
}
