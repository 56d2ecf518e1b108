internal import CUnbound

/// A libunbound context that is set up.
struct ResolverContext: ~Copyable {
    let pointer: OpaquePointer

    private init(owning pointer: OpaquePointer) { self.pointer = pointer }

    /// Makes one that asks whom `configuration` says.
    static func make(_ configuration: ResolverConfiguration) throws(ResolverFailure) -> ResolverContext {
        guard let pointer = ub_ctx_create() else { throw ResolverFailure("ub_ctx_create failed") }
        let context = ResolverContext(owning: pointer)
        try context.setUpstream(configuration.upstream)
        for (name, value) in Self.options { try Self.check(ub_ctx_set_option(pointer, name, value), name) }
        if let file = configuration.trustAnchorFile {
            try Self.check(ub_ctx_add_ta_file(pointer, file), file)
            for zone in Self.releasedZones {
                try Self.check(ub_ctx_set_option(pointer, "domain-insecure:", zone), zone)
            }
        }
        try Self.check(ub_ctx_async(pointer, 1), "ub_ctx_async")
        // From here on the options are fixed.
        for zone in Self.releasedZones { try Self.check(ub_ctx_zone_remove(pointer, zone), zone) }
        return context
    }

    private func setUpstream(_ upstream: ResolverConfiguration.Upstream) throws(ResolverFailure) {
        switch upstream {
        case .system:
            try Self.check(ub_ctx_resolvconf(self.pointer, nil), "/etc/resolv.conf")
            try Self.check(ub_ctx_hosts(self.pointer, nil), "/etc/hosts")
        case .forwarders(let forwarders):
            for forwarder in forwarders { try Self.check(ub_ctx_set_fwd(self.pointer, "\(forwarder)"), "\(forwarder)") }
        }
    }

    deinit { ub_ctx_delete(self.pointer) }

    private static let options = [
        ("do-not-query-localhost:", "no"),  // a resolver on this machine is a resolver
        ("cache-max-negative-ttl:", "30"),  // a partner that has just published its records is found soon
        ("infra-host-ttl:", "30"),  // as is a name server that was away
        ("infra-cache-max-rtt:", "4000"),
        ("verbosity:", "0"),
    ]

    /// Zones that libunbound answers by itself ([RFC 6761 §6.2](https://www.rfc-editor.org/rfc/rfc6761#section-6.2),
    /// [RFC 8375](https://www.rfc-editor.org/rfc/rfc8375)), and that a resolver which was configured may well know.
    private static let releasedZones = ["test.", "home.arpa."]

    private static func check(_ result: CInt, _ what: String) throws(ResolverFailure) {
        guard result != 0 else { return }
        throw ResolverFailure("\(what): \(String(cString: ub_strerror(result)))")
    }
}

/// Why a resolver could not be set up.
public struct ResolverFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
