internal import Bus
public import ServiceKit
internal import Wire

extension DialbackAuthority {
    /// The settings of dialback-authority; README.md says what they mean.
    public struct Configuration: ServiceConfiguration {
        var bus: Bus.Configuration
        var source: SecretSource
        var rules: SecretKeeper.Rules
        /// What one remote domain may cause, and all of them together.
        var domainRate = DomainRateLimiter.Rate(perSecond: 50, burst: 200)
        var totalRate = DomainRateLimiter.Rate(perSecond: 2_000, burst: 10_000)
        /// How many remote domains are told apart.
        var domains = 10_000

        /// A stream is established within a minute or so; the overlap is to be longer by far.
        private static let overlaps = Duration.seconds(600)...Duration.seconds(30 * 86_400)

        init(bus: Bus.Configuration, source: SecretSource, rules: SecretKeeper.Rules) {
            (self.bus, self.source, self.rules) = (bus, source, rules)
        }

        public init(_ settings: inout SettingsReader) {
            self.bus = Bus.Configuration(service: .dialbackAuthority, settings: &settings)
            let overlap = settings.duration(
                "dialback.overlap",
                default: .seconds(3600),
                in: Self.overlaps,
                hint: "for how long keys of a replaced secret stay valid"
            )
            let rotatesAfter = settings.duration(
                "dialback.rotate-after",
                default: .zero,
                hint: "at which age the secret is replaced without being asked; 0: only by `isthmusctl dialback rotate`"
            )
            self.rules = SecretKeeper.Rules(overlap: overlap.milliseconds, rotatesAfter: rotatesAfter.milliseconds)
            if self.rules.rotatesAfter > 0, self.rules.rotatesAfter < 2 * self.rules.overlap {
                settings.reject(
                    "dialback.rotate-after",
                    problem: "shorter than twice the overlap",
                    hint: "0, or a time in which the secret before has long ended; for example 30d"
                )
            }
            self.source = .file(Self.file(&settings, overlap: self.rules.overlap))
            if let passphrase = Self.passphrase(&settings) { self.source = passphrase }
            self.readRates(&settings)
        }

        private static func file(_ settings: inout SettingsReader, overlap: Int64) -> SecretFile {
            SecretFile(
                path: settings.path(
                    "dialback.secret-path",
                    default: "/var/lib/isthmus/dialback.secret",
                    hint: "the file with the dialback secrets; unused with a passphrase"
                ),
                isMadeWhenMissing: settings.bool(
                    "dialback.make-secret",
                    default: true,
                    hint: "whether a missing dialback secret is made at the first start"
                ),
                overlap: overlap
            )
        }

        /// `dialback-passphrase` of SPEC §1, from files alone, so that it is neither in the environment nor in the policy.
        private static func passphrase(_ settings: inout SettingsReader) -> SecretSource? {
            let minimum = SecretSource.minimumPassphrase
            let advice =
                "at least \(minimum) characters that nobody guesses; for example those of `openssl rand -hex 32`"
            let current = settings.secret(
                "dialback.passphrase",
                hint: "instead of a secret of its own: the same passphrase for every dialback-authority; \(advice)"
            )
            let previous = settings.secret(
                "dialback.previous-passphrase",
                hint: "the passphrase before the present one, while keys made with it are still valid"
            )
            for (name, secret) in [("passphrase", current), ("previous-passphrase", previous)] {
                guard let secret, !secret.bytes.isEmpty, secret.bytes.count < minimum else { continue }
                settings.reject(
                    "dialback.\(name)-file",
                    problem: "the passphrase has fewer than \(minimum) characters",
                    hint: "use \(advice)"
                )
            }
            guard let current else {
                if previous != nil {
                    settings.reject(
                        "dialback.previous-passphrase-file",
                        problem: "there is no present passphrase",
                        hint: "set ISTHMUS_DIALBACK_PASSPHRASE_FILE as well"
                    )
                }
                return nil
            }
            return .passphrase(current: current.bytes, previous: previous?.bytes)
        }

        private mutating func readRates(_ settings: inout SettingsReader) {
            self.domainRate.perSecond = settings.int(
                "dialback.rate",
                default: self.domainRate.perSecond,
                in: 1...100_000,
                hint: "how many keys a second are made and checked for one remote domain"
            )
            self.domainRate.burst = settings.int(
                "dialback.burst",
                default: self.domainRate.burst,
                in: 1...1_000_000,
                hint: "how many keys are made and checked for one remote domain at once"
            )
            self.totalRate.perSecond = settings.int(
                "dialback.total-rate",
                default: self.totalRate.perSecond,
                in: 1...1_000_000,
                hint: "how many keys a second are made and checked for all remote domains together"
            )
            self.totalRate.burst = settings.int(
                "dialback.total-burst",
                default: self.totalRate.burst,
                in: 1...1_000_000,
                hint: "how many keys are made and checked for all remote domains together at once"
            )
            self.domains = settings.int(
                "dialback.domains",
                default: self.domains,
                in: 1...1_000_000,
                hint: "how many remote domains are told apart; further ones share one rate"
            )
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 {
        self.components.seconds * 1000 + self.components.attoseconds / 1_000_000_000_000_000
    }
}
