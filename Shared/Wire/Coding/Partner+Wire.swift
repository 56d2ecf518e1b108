internal import CIsthmusProto
internal import Policy

extension Partner.Kind: WireEnumeration {
    var number: Isthmus__V1__Partner__Kind {
        switch self {
        case .federated: ISTHMUS__V1__PARTNER__KIND__KIND_FEDERATED
        case .publicVerified: ISTHMUS__V1__PARTNER__KIND__KIND_PUBLIC_VERIFIED
        case .publicUnverified: ISTHMUS__V1__PARTNER__KIND__KIND_PUBLIC_UNVERIFIED
        }
    }
}

extension Negotiation: WireEnumeration {
    var number: Isthmus__V1__Negotiation {
        switch self {
        case .required: ISTHMUS__V1__NEGOTIATION__NEGOTIATION_REQUIRED
        case .optional: ISTHMUS__V1__NEGOTIATION__NEGOTIATION_OPTIONAL
        case .notSupported: ISTHMUS__V1__NEGOTIATION__NEGOTIATION_NOT_SUPPORTED
        }
    }
}

extension Partner: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__Partner>) {
        isthmus__v1__partner__init(message)
    }

    func fill(_ message: inout Isthmus__V1__Partner, in arena: Arena) {
        message.domain = arena.text(self.domain)
        message.description = arena.text(self.description)
        (message.n_additional_domains, message.additional_domains) = arena.texts(self.additionalDomains)
        message.kind = self.kind.number
        message.tls = self.tls.number
        message.sasl = self.sasl.number
        message.dialback = self.dialback ? 1 : 0
        message.keep_alive = self.keepAlive ? 1 : 0
        message.connection_limit = UInt32(clamping: self.connectionLimit)
        message.proxy_fqdn = arena.text(self.proxyFQDN)
        message.requires_client_auth = self.requiresClientAuth ? 1 : 0
        message.is_enabled = self.isEnabled ? 1 : 0
    }

    init(_ message: Isthmus__V1__Partner) throws(WireError) {
        self.init(
            domain: try String(message.domain),
            description: try String(message.description),
            additionalDomains: try texts(message.n_additional_domains, message.additional_domains),
            kind: try Kind(message.kind),
            tls: try Negotiation(message.tls),
            sasl: try Negotiation(message.sasl),
            dialback: message.dialback != 0,
            keepAlive: message.keep_alive != 0,
            connectionLimit: Int(message.connection_limit),
            proxyFQDN: try optionalText(message.proxy_fqdn),
            requiresClientAuth: message.requires_client_auth != 0,
            isEnabled: message.is_enabled != 0
        )
    }
}
