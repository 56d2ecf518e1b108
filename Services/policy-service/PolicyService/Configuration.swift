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
            self.tokenFile = settings.path(
                "api.token-path",
                default: "/var/lib/isthmus/admin-token",
                hint: "the file in which the first start leaves the administrator's token (mode 0600)"
            )
            self.resolver = ResolverConfiguration(&settings)
        }
    }
}
