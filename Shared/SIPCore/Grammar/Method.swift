/// What a request asks for ([RFC 3261 §7.1](https://www.rfc-editor.org/rfc/rfc3261#section-7.1)); case matters.
public enum Method: Hashable, Sendable {
    case invite, ack, bye, cancel, options, register, message, subscribe, notify, publish, info, prack, update, refer
    case benotify, service
    case other(String)

    private static let known: [String: Method] = [
        "INVITE": .invite, "ACK": .ack, "BYE": .bye, "CANCEL": .cancel, "OPTIONS": .options, "REGISTER": .register,
        "MESSAGE": .message, "SUBSCRIBE": .subscribe, "NOTIFY": .notify, "PUBLISH": .publish, "INFO": .info,
        "PRACK": .prack, "UPDATE": .update, "REFER": .refer, "BENOTIFY": .benotify, "SERVICE": .service,
    ]

    public init(_ name: String) { self = Self.known[name] ?? .other(name) }

    /// The method as it is written.
    public var name: String {
        switch self {
        case .invite: "INVITE"
        case .ack: "ACK"
        case .bye: "BYE"
        case .cancel: "CANCEL"
        case .options: "OPTIONS"
        case .register: "REGISTER"
        case .message: "MESSAGE"
        case .subscribe: "SUBSCRIBE"
        case .notify: "NOTIFY"
        case .publish: "PUBLISH"
        case .info: "INFO"
        case .prack: "PRACK"
        case .update: "UPDATE"
        case .refer: "REFER"
        case .benotify: "BENOTIFY"
        case .service: "SERVICE"
        case .other(let name): name
        }
    }
}

extension Method: CustomStringConvertible {
    public var description: String { self.name }
}
