internal import Messaging

extension DeliveryFailure {
    /// The failure that tells a SIP sender why the body was not read.
    init(_ error: ContentError) {
        switch error.status {
        case 413: self.init(.policyViolation, reason: .sizeLimit, text: error.text, sipStatus: 413)
        case 415: self.init(.notAcceptable, reason: .notSupported, text: error.text, sipStatus: 415)
        case 488: self.init(.notAcceptable, reason: .notTranslatable, text: error.text, sipStatus: 488)
        default: self.init(.badRequest, reason: .malformed, text: error.text, sipStatus: 400)
        }
    }
}
