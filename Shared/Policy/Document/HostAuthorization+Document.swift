extension HostAuthorization: PolicyObject {
    public static let kind = "host"
    public static let keyField = "host"
    public var key: String { self.host }

    public var document: DocumentValue {
        [
            "host": .text(self.host),
            "outbound-only": .flag(self.outboundOnly),
            "throttle-as-server": .flag(self.throttleAsServer),
            "treat-as-authenticated": .flag(self.treatAsAuthenticated),
        ]
    }

    public init(reading reader: inout DocumentReader) {
        self.init(
            host: HostName.normalized(reader.text("host", default: nil)),
            outboundOnly: reader.flag("outbound-only", default: false),
            throttleAsServer: reader.flag("throttle-as-server", default: true),
            treatAsAuthenticated: reader.flag("treat-as-authenticated", default: true)
        )
    }
}
