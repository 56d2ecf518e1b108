internal import CIsthmusProto
internal import Policy

extension StaticRoute.Transport: WireEnumeration {
    var number: Isthmus__V1__StaticRoute__Transport {
        switch self {
        case .tcp: ISTHMUS__V1__STATIC_ROUTE__TRANSPORT__TRANSPORT_TCP
        // What DNS says is in a field of its own: services that do not know it must still be able to read the rest.
        case .tls, .auto: ISTHMUS__V1__STATIC_ROUTE__TRANSPORT__TRANSPORT_TLS
        case .udp: ISTHMUS__V1__STATIC_ROUTE__TRANSPORT__TRANSPORT_UDP
        }
    }
}

extension StaticRoute.Dialect: WireEnumeration {
    var number: Isthmus__V1__StaticRoute__Dialect {
        switch self {
        case .auto: ISTHMUS__V1__STATIC_ROUTE__DIALECT__DIALECT_AUTO
        case .rfc: ISTHMUS__V1__STATIC_ROUTE__DIALECT__DIALECT_RFC
        case .lcs2005: ISTHMUS__V1__STATIC_ROUTE__DIALECT__DIALECT_LCS2005
        case .ocs2007: ISTHMUS__V1__STATIC_ROUTE__DIALECT__DIALECT_OCS2007
        case .lync: ISTHMUS__V1__STATIC_ROUTE__DIALECT__DIALECT_LYNC
        }
    }
}

extension StaticRoute: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__StaticRoute>) {
        isthmus__v1__static_route__init(message)
    }

    func fill(_ message: inout Isthmus__V1__StaticRoute, in arena: Arena) {
        message.id = arena.text(self.id)
        message.user = arena.text(self.user)
        message.domain = arena.text(self.domain)
        message.phone_uri_only = self.phoneURIOnly ? 1 : 0
        message.next_hop = arena.text(self.nextHop)
        message.port = UInt32(clamping: self.port)
        message.transport = self.transport.number
        message.replace_host_in_request_uri = self.replaceHostInRequestURI ? 1 : 0
        message.priority = Int32(clamping: self.priority)
        message.is_enabled = self.isEnabled ? 1 : 0
        message.dialect = self.dialect.number
        message.transport_from_dns = self.transport == .auto ? 1 : 0
        message.identity = arena.text(self.identity)
        message.allows_legacy_tls = self.allowsLegacyTLS ? 1 : 0
    }

    init(_ message: Isthmus__V1__StaticRoute) throws(WireError) {
        self.init(
            id: try String(message.id),
            user: try String(message.user),
            domain: try String(message.domain),
            phoneURIOnly: message.phone_uri_only != 0,
            nextHop: try String(message.next_hop),
            port: Int(message.port),
            transport: message.transport_from_dns != 0 ? .auto : try Transport(message.transport),
            replaceHostInRequestURI: message.replace_host_in_request_uri != 0,
            priority: Int(message.priority),
            isEnabled: message.is_enabled != 0,
            // One that says nothing, or what only a later version knows, is found out.
            dialect: Dialect(ifKnown: message.dialect) ?? .auto,
            identity: try String(message.identity),
            allowsLegacyTLS: message.allows_legacy_tls != 0
        )
    }
}

extension HostAuthorization: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__HostAuthorization>) {
        isthmus__v1__host_authorization__init(message)
    }

    func fill(_ message: inout Isthmus__V1__HostAuthorization, in arena: Arena) {
        message.host = arena.text(self.host)
        message.outbound_only = self.outboundOnly ? 1 : 0
        message.throttle_as_server = self.throttleAsServer ? 1 : 0
        message.treat_as_authenticated = self.treatAsAuthenticated ? 1 : 0
    }

    init(_ message: Isthmus__V1__HostAuthorization) throws(WireError) {
        self.init(
            host: try String(message.host),
            outboundOnly: message.outbound_only != 0,
            throttleAsServer: message.throttle_as_server != 0,
            treatAsAuthenticated: message.treat_as_authenticated != 0
        )
    }
}
