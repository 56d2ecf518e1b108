/// What a request asks for ([RFC 3261 §7.1](https://www.rfc-editor.org/rfc/rfc3261#section-7.1)); case matters.
public enum Method: Hashable, Sendable {
    case invite, ack, bye, cancel, options, register, message, subscribe, notify, publish, info, prack, update, refer
    case benotify, service
    case other(String)

    public init(_ name: String) {
        // Names of up to 15 bytes are compared as two words: quicker than a hash of one.
        self =
            switch name {
            case "MESSAGE": .message
            case "INVITE": .invite
            case "ACK": .ack
            case "BYE": .bye
            case "CANCEL": .cancel
            case "OPTIONS": .options
            case "REGISTER": .register
            case "SUBSCRIBE": .subscribe
            case "NOTIFY": .notify
            case "PUBLISH": .publish
            case "INFO": .info
            case "PRACK": .prack
            case "UPDATE": .update
            case "REFER": .refer
            case "BENOTIFY": .benotify
            case "SERVICE": .service
            default: .other(name)
            }
    }

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
