public import Messaging
internal import XML
public import XMPPCore

extension StanzaError {
    /// The error that tells an XMPP sender of a failure: its condition, when to try again, the reason in words, and as an
    /// element of our own the reason's code ([RFC 6120 §8.3](https://www.rfc-editor.org/rfc/rfc6120#section-8.3)).
    public init(_ failure: DeliveryFailure) {
        let condition = Condition(failure.condition)
        let carriesAddress = condition == .gone || condition == .redirect
        self.init(
            condition,
            kind: StatusTable.retryAfter(failure.reason) == nil ? nil : .wait,
            text: ErrorText.bounded(failure.text),
            language: failure.language,
            alternative: carriesAddress ? failure.alternative?.xmppURI : nil,
            application: XMLElement(failure.reason.rawValue, namespace: Namespace.isthmusErrors)
        )
    }
}

extension DeliveryFailure {
    /// What an XMPP peer reported.
    public init(_ error: StanzaError) {
        let condition = Condition(error.condition)
        let text = error.text.flatMap { $0.isEmpty ? nil : ErrorText.bounded($0) }
        let language = text == nil ? nil : LanguageTag.checked(error.language)
        self.init(
            condition,
            reason: .peerRefused,
            text: text ?? "The XMPP side answered \(error.condition.rawValue).",
            language: language == "en" ? nil : language,
            alternative: error.alternative.flatMap { Address(alternative: $0) }
        )
    }
}

extension StanzaError.Condition {
    init(_ condition: DeliveryFailure.Condition) {
        self =
            switch condition {
            case .badRequest: .badRequest
            case .conflict: .conflict
            case .featureNotImplemented: .featureNotImplemented
            case .forbidden: .forbidden
            case .gone: .gone
            case .internalServerError: .internalServerError
            case .itemNotFound: .itemNotFound
            case .addressMalformed: .addressMalformed
            case .notAcceptable: .notAcceptable
            case .notAllowed: .notAllowed
            case .notAuthorized: .notAuthorized
            case .policyViolation: .policyViolation
            case .recipientUnavailable: .recipientUnavailable
            case .redirect: .redirect
            case .registrationRequired: .registrationRequired
            case .remoteServerNotFound: .remoteServerNotFound
            case .remoteServerTimeout: .remoteServerTimeout
            case .resourceConstraint: .resourceConstraint
            case .serviceUnavailable: .serviceUnavailable
            case .subscriptionRequired: .subscriptionRequired
            case .undefinedCondition: .undefinedCondition
            case .unexpectedRequest: .unexpectedRequest
            }
    }
}

extension DeliveryFailure.Condition {
    init(_ condition: StanzaError.Condition) {
        self =
            switch condition {
            case .badRequest: .badRequest
            case .conflict: .conflict
            case .featureNotImplemented: .featureNotImplemented
            case .forbidden: .forbidden
            case .gone: .gone
            case .internalServerError: .internalServerError
            case .itemNotFound: .itemNotFound
            case .addressMalformed: .addressMalformed
            case .notAcceptable: .notAcceptable
            case .notAllowed: .notAllowed
            case .notAuthorized: .notAuthorized
            case .policyViolation: .policyViolation
            case .recipientUnavailable: .recipientUnavailable
            case .redirect: .redirect
            case .registrationRequired: .registrationRequired
            case .remoteServerNotFound: .remoteServerNotFound
            case .remoteServerTimeout: .remoteServerTimeout
            case .resourceConstraint: .resourceConstraint
            case .serviceUnavailable: .serviceUnavailable
            case .subscriptionRequired: .subscriptionRequired
            case .undefinedCondition: .undefinedCondition
            case .unexpectedRequest: .unexpectedRequest
            }
    }
}
