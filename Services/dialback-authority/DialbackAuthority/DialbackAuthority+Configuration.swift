internal import Bus
public import ServiceKit
internal import Wire

extension DialbackAuthority {
    /// The settings of dialback-authority; README.md says what they mean.
    public struct Configuration: ServiceConfiguration {
        let bus: Bus.Configuration
        let secretFile: SecretFile
        /// Requests per second for one remote domain, and how many at once.
        let rate: Int
        let burst: Int

        init(bus: Bus.Configuration, secretFile: SecretFile, rate: Int, burst: Int) {
            self.bus = bus
            self.secretFile = secretFile
            self.rate = rate
            self.burst = burst
        }

        public init(_ settings: inout SettingsReader) {
            self.bus = Bus.Configuration(service: .dialbackAuthority, settings: &settings)
            self.secretFile = SecretFile(
                path: settings.path(
                    "dialback.secret-path",
                    default: "/var/lib/isthmus/dialback.secret",
                    hint: "the file with the dialback secret, and in its second line the previous one"
                ),
                isMadeWhenMissing: settings.bool(
                    "dialback.make-secret",
                    default: true,
                    hint: "whether a missing dialback secret is made at the first start"
                )
            )
            self.rate = settings.int(
                "dialback.rate",
                default: 50,
                in: 1...100_000,
                hint: "how many keys a second are made and checked for one remote domain"
            )
            self.burst = settings.int(
                "dialback.burst",
                default: 200,
                in: 1...1_000_000,
                hint: "how many keys are made and checked for one remote domain at once"
            )
        }
    }
}
