internal import Bus
internal import Policy
public import ServiceKit
internal import TLS
internal import Wire

extension CertService {
    /// The settings of cert-service; README.md says what they mean.
    public struct Configuration: ServiceConfiguration {
        let bus: Bus.Configuration
        let issuing: IssuingSettings
        /// The folder of the store and of the requests.
        let directory: String
        let masterKeyFile: MasterKeyFile
        let trust: TrustSources
        let revocation: RevocationSettings
        let acme: ACMESettings?

        public init(_ settings: inout SettingsReader) {
            self.bus = Bus.Configuration(service: .certService, settings: &settings)
            self.directory = settings.path(
                "certificates.directory",
                default: "/var/lib/isthmus/certificates",
                hint: "the folder of the store of certificates; it must be writable, and is closed to everybody else"
            )
            self.masterKeyFile = MasterKeyFile(
                path: settings.path(
                    "certificates.master-key-path",
                    default: "/var/lib/isthmus/certificates.master-key",
                    hint: "the secret file that private keys are encrypted with; keep a copy of it elsewhere"
                ),
                isMadeWhenMissing: settings.bool(
                    "certificates.make-master-key",
                    default: true,
                    hint: "whether a missing master key is made at the first start"
                ),
                previousPath: settings.optionalPath(
                    "certificates.previous-master-key-path",
                    hint: "the master key before, where another was put at the path of the master key"
                ) ?? "",
                mayBeShared: settings.bool(
                    "certificates.shared-master-key",
                    default: false,
                    hint:
                        "whether the file of the master key may be readable by others, as the secrets are that Docker and Kubernetes mount"
                )
            )
            self.issuing = Self.issuing(&settings)
            self.trust = TrustSources(
                files: settings.list("certificates.trust-roots", hint: "PEM files of roots that peers may chain to")
            )
            self.revocation = Self.revocation(&settings)
            self.acme = ACMESettings.read(&settings)
        }

        private static func revocation(_ settings: inout SettingsReader) -> RevocationSettings {
            var revocation = RevocationSettings()
            revocation.isFetched = settings.bool(
                "certificates.fetch-revocation-lists",
                default: true,
                hint: "whether revocation lists are fetched from where the trusted authorities say they publish them"
            )
            let key = "certificates.revocation-urls"
            revocation.addresses = settings.list(key, hint: "further addresses of revocation lists, http://…")
            for address in revocation.addresses where !address.lowercased().hasPrefix("http://") {
                settings.reject(key, problem: "“\(address)” is not fetched by http", hint: "http://crl.example/ca.crl")
            }
            revocation.maximumBytes = settings.int(
                "certificates.revocation-list-size",
                default: revocation.maximumBytes,
                in: 1024...RevocationSettings.maximumTotal,
                hint: "the largest revocation list that is taken, in bytes"
            )
            revocation.interval =
                settings.duration(
                    "certificates.revocation-interval",
                    default: .seconds(revocation.interval),
                    in: .seconds(60) ... .seconds(7 * 86_400),
                    hint:
                        "the longest time between two fetches of a revocation list; one that expires soon is fetched earlier"
                ).components.seconds
            return revocation
        }

        private static func issuing(_ settings: inout SettingsReader) -> IssuingSettings {
            var issuing = IssuingSettings()
            // The same settings as dns-publisher's: the names under which peers reach the edges.
            for (key, use) in [("access.xmpp", CertificateUse.xmpp), ("access.sip", .sip)] {
                let names = settings.list(key, hint: "names under which peers reach the edges, for every certificate")
                for name in names.map({ DomainName.normalized($0) }) {
                    if let problem = DomainName.problem(with: name) {
                        settings.reject(key, problem: "“\(name)”: \(problem)", hint: "for example xmpp.contoso.com")
                    }
                    issuing.accessNames = (issuing.accessNames + [name]).uniqued()
                    issuing.accessNamesByUse[use, default: []].append(name)
                }
            }
            issuing.keyKind = settings.choice(
                "certificates.key",
                default: .rsa2048,
                hint: "the kind of key of the certificates that the internal CA issues"
            )
            let lifetime = settings.duration(
                "certificates.lifetime",
                default: .seconds(90 * 86_400),
                in: .seconds(3600) ... .seconds(398 * 86_400),
                hint: "how long certificates of the internal CA are valid; they are renewed after two thirds of it"
            )
            issuing.lifetime = lifetime.components.seconds
            issuing.includesXMPPAddress = settings.bool(
                "certificates.xmpp-address",
                default: false,
                hint:
                    "whether certificates have the domain as xmppAddr too; some versions of ejabberd drop such streams"
            )
            return issuing
        }
    }
}
