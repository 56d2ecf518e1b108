/// Why the gateway could not hand a message on: one code between processes, answered in the terms of each protocol by
/// `Interworking` ([RFC 7247 §7](https://www.rfc-editor.org/rfc/rfc7247#section-7)).
public struct DeliveryFailure: Error, Equatable, Sendable {
    /// What kind of failure it is: the stanza error conditions of
    /// [RFC 6120 §8.3.3](https://www.rfc-editor.org/rfc/rfc6120#section-8.3.3), the richer of the two vocabularies.
    public enum Condition: Equatable, Sendable, CaseIterable {
        case badRequest, conflict, featureNotImplemented, forbidden, gone, internalServerError, itemNotFound
        case addressMalformed, notAcceptable, notAllowed, notAuthorized, policyViolation, recipientUnavailable
        case redirect, registrationRequired, remoteServerNotFound, remoteServerTimeout, resourceConstraint
        case serviceUnavailable, subscriptionRequired, undefinedCondition, unexpectedRequest
    }

    public let condition: Condition
    /// Which rule or step decided, for the refusal record, logs and metrics.
    public let reason: RefusalReason
    /// The same for people; without personal data, for it is sent to the peer.
    public let text: String
    /// The language of ``text``; `nil` for English, which is ours.
    public let language: String?
    /// Where the recipient is now, for ``Condition/gone`` and ``Condition/redirect``.
    public let alternative: Address?
    /// The SIP status that was received, where the failure came from a SIP server.
    public let sipStatus: Int?

    public init(
        _ condition: Condition,
        reason: RefusalReason,
        text: String,
        language: String? = nil,
        alternative: Address? = nil,
        sipStatus: Int? = nil
    ) {
        self.condition = condition
        self.reason = reason
        self.text = text
        self.language = language
        self.alternative = alternative
        self.sipStatus = sipStatus
    }
}
