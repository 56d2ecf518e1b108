internal import Bus
internal import DNS
internal import NetworkKit
public import ServiceKit
internal import Wire

extension PolicyService {
    /// The settings of policy-service; README.md says what they mean.
    public struct Configuration: ServiceConfiguration {
        let bus: Bus.Configuration
        let store: StoreConfiguration
        let apiListen: Endpoint
        /// How many connections to the API may be open.
        let apiConnections: Int
        /// Where the first administrator's token is written.
        let tokenFile: String
        /// Whom the tests of partners and routes ask for records.
        let resolver: ResolverConfiguration

        public init(_ settings: inout SettingsReader) {
            self.bus = Bus.Configuration(service: .policyService, settings: &settings)
            self.store = StoreConfiguration(&settings)
            self.apiListen = settings.endpoint(
                "api.listen",
                default: "127.0.0.1:8080",
                hint: "where the administrators' API is served; without TLS, so keep it local or behind a proxy"
            )
            self.apiConnections = settings.int(
                "api.connection-limit",
                default: 1000,
                in: 1...100_000,
                hint: "connections to the API and the console at a time; more wait until one ends"
            )
            self.tokenFile = settings.path(
                "api.token-path",
                default: "/var/lib/isthmus/admin-token",
                hint: "the file in which the first start leaves the administrator's token (mode 0600)"
            )
            self.resolver = ResolverConfiguration(&settings)
        }
    }
}
