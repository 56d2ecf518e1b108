public import ServiceKit
public import Wire

extension Bus {
    /// Where a service stands on the bus, and where it finds the others.
    public struct Configuration: Sendable {
        /// Addresses of one of the other services.
        public struct Address: Sendable {
            /// Where it takes requests: `tcp://policy-service:7101`.
            public var requests: String
            /// Where it publishes; `nil` when it does not.
            public var publications: String?

            public init(requests: String, publications: String? = nil) {
                self.requests = requests
                self.publications = publications
            }
        }

        public var service: ServiceName
        /// The folder with the keys; see `isthmusctl keys init`.
        public var keysDirectory: String
        /// Where this service takes requests and traffic.
        public var listen: String
        /// Where this service publishes; `nil` when it does not.
        public var publish: String?
        /// Where others reach this service, when that is not where it listens.
        public var advertise: String?
        public var addresses: [ServiceName: Address]
        public var limits: Limits

        public init(
            service: ServiceName,
            keysDirectory: String,
            listen: String,
            publish: String? = nil,
            advertise: String? = nil,
            addresses: [ServiceName: Address] = [:],
            limits: Limits = Limits()
        ) {
            self.service = service
            self.keysDirectory = keysDirectory
            self.listen = listen
            self.publish = publish
            self.advertise = advertise
            self.addresses = addresses
            self.limits = limits
        }

        /// Reads the settings `bus.*`.
        public init(service: ServiceName, settings: inout SettingsReader) {
            self.service = service
            self.limits = Limits()
            self.addresses = [:]
            self.keysDirectory = settings.path(
                "bus.keys",
                default: "/etc/isthmus/keys",
                hint: "the folder with the keys of the bus, made by `isthmusctl keys init`"
            )
            let listen = settings.endpoint(
                "bus.listen",
                default: "127.0.0.1:\(service.requestPort)",
                hint: "where this service takes requests of the other services"
            )
            self.listen = "tcp://\(listen)"
            if let port = service.publicationPort {
                let publish = settings.endpoint(
                    "bus.publish",
                    default: "127.0.0.1:\(port)",
                    hint: "where this service publishes changes to the other services"
                )
                self.publish = "tcp://\(publish)"
            }
            if service.isEdge {
                let advertise = settings.optionalEndpoint(
                    "bus.advertise",
                    hint: "where other edges reach this one on the bus; by default the address of its network interface"
                )
                self.advertise = "tcp://\(advertise ?? Self.reachable(listen))"
                self.limits.outstandingTraffic = settings.int(
                    "bus.outstanding-limit",
                    default: self.limits.outstandingTraffic,
                    in: 1...100_000,
                    hint: "how many messages may wait for one other edge before senders are told to slow down"
                )
            }
            for other in ServiceName.allCases where MethodPolicy.callees(of: service).contains(other) {
                self.readAddress(of: other, from: &settings)
            }
        }

        private mutating func readAddress(of other: ServiceName, from settings: inout SettingsReader) {
            let requests = settings.endpoint(
                "bus.\(other.rawValue)",
                default: "127.0.0.1:\(other.requestPort)",
                hint: "where \(other.rawValue) takes requests"
            )
            var address = Address(requests: "tcp://\(requests)")
            if let port = other.publicationPort, MethodPolicy.subscribers(of: other).contains(self.service) {
                let publications = settings.endpoint(
                    "bus.\(other.rawValue)-publications",
                    default: "127.0.0.1:\(port)",
                    hint: "where \(other.rawValue) publishes changes"
                )
                address.publications = "tcp://\(publications)"
            }
            self.addresses[other] = address
        }

        /// An address of this machine under which a listener can be reached.
        private static func reachable(_ listen: Endpoint) -> Endpoint {
            guard listen.host == "0.0.0.0" || listen.host == "::" else { return listen }
            return Endpoint(host: NetworkInterface.firstAddress() ?? "127.0.0.1", port: listen.port)
        }
    }

    /// What keeps everything on the bus bounded.
    public struct Limits: Sendable {
        /// Requests of this process that wait for answers.
        public var outstandingRequests = 1024
        /// Requests of other services that are worked on at a time.
        public var concurrentRequests = 256
        /// Messages to one other edge that wait for their fate.
        public var outstandingTraffic = 4096
        /// Messages of other edges that wait for their fate here.
        public var unansweredTraffic = 16_384
        /// Frames that wait in one connection.
        public var highWaterMark = 1000
        /// The largest frame that is taken from a client of this service.
        public var requestSize = 1 << 20
        /// The largest frame that is taken from a service that was asked: a whole policy may be large.
        public var replySize = 256 << 20

        public init() {}
    }
}

extension ServiceName {
    /// The port on which it takes requests, unless it is told another.
    var requestPort: Int {
        switch self {
        case .policyService: 7101
        case .xmppEdge: 7111
        case .sipEdge: 7121
        case .dialbackAuthority: 7131
        case .certService: 7141
        case .dnsPublisher: 7151
        }
    }

    /// The port on which it publishes, unless it is told another.
    var publicationPort: Int? { MethodPolicy.publishers.contains(self) ? self.requestPort + 1 : nil }
}
