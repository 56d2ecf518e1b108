internal import Messaging

/// [RFC 7247 §7.2](https://www.rfc-editor.org/rfc/rfc7247#section-7.2), table 3: SIP response codes to XMPP error conditions.
enum StatusTable {
    static func condition(of status: Int) -> DeliveryFailure.Condition {
        switch status {
        case 301, 410: .gone
        case 380: .notAcceptable
        case 300..<400: .redirect
        case 401: .notAuthorized
        case 403: .forbidden
        case 404, 481, 484, 485, 604: .itemNotFound
        case 405, 420, 439, 501: .featureNotImplemented
        case 406, 415, 416, 421, 482, 483, 488, 505, 606: .notAcceptable
        case 407: .registrationRequired
        case 408, 504: .remoteServerTimeout
        case 413, 414, 440, 489, 513: .policyViolation
        case 423: .resourceConstraint
        case 430, 480, 486, 487: .recipientUnavailable
        case 491: .unexpectedRequest
        case 502: .remoteServerNotFound
        // 400, 402 and 493 among them
        case 400..<500: .badRequest
        // 500 and 503 among them
        case 500..<600: .internalServerError
        // 600 and 603 among them
        case 600..<700: .recipientUnavailable
        // Not a failure at all: whoever asks has not understood the response.
        default: .undefinedCondition
        }
    }

    /// [§7.1](https://www.rfc-editor.org/rfc/rfc7247#section-7.1), table 2: XMPP error conditions to SIP response codes.
    ///
    /// Two rows differ, for `408` is never the answer to a request that is no INVITE
    /// ([RFC 4320 §4.2](https://www.rfc-editor.org/rfc/rfc4320#section-4.2)): both say 504. Where the table leaves a choice
    /// we take `403` for `<service-unavailable/>` (note 5), `400` for `<unexpected-request/>` (491 belongs to INVITE).
    /// An error that relates to a device is one for a full JID (notes 1 and 2); an alternative says where the recipient is
    /// now (note 3).
    static func status(
        of condition: DeliveryFailure.Condition,
        relatesToDevice: Bool,
        hasAlternative: Bool
    ) -> Int {
        switch condition {
        case .badRequest, .conflict, .addressMalformed, .subscriptionRequired, .undefinedCondition, .unexpectedRequest:
            400
        case .featureNotImplemented: relatesToDevice ? 405 : 501
        case .forbidden: relatesToDevice ? 403 : 603
        case .gone: hasAlternative ? 301 : 410
        case .internalServerError, .resourceConstraint: 500
        case .itemNotFound: relatesToDevice ? 404 : 604
        case .notAcceptable: relatesToDevice ? 406 : 606
        case .notAllowed, .policyViolation, .serviceUnavailable: 403
        case .notAuthorized: 401
        case .recipientUnavailable: relatesToDevice ? 480 : 600
        case .redirect: 302
        case .registrationRequired: 407
        case .remoteServerNotFound: 404
        case .remoteServerTimeout: 504
        }
    }

    /// What a refusal of our own is answered with: the status that says most exactly which rule or step decided.
    ///
    /// `503` is said only by an edge that is leaving, for it speaks of the server, not of the recipient
    /// ([RFC 7247 §7.1](https://www.rfc-editor.org/rfc/rfc7247#section-7.1) note 5).
    static func status(of reason: RefusalReason, condition: DeliveryFailure.Condition) -> Int {
        switch reason {
        case .unknownPartner, .partnerDisabled, .domainBlocked, .userNotEnabled, .userOnSurvivableBranchAppliance,
            .contactNotApproved, .hostNotAuthorized, .hostOutboundOnly, .fromNotBoundToPeer:
            403
        case .unknownUser, .notOurDomain, .noRoute: 404
        case .loop: 482
        case .tlsRequired, .tlsNotSupported, .certificateRejected, .authenticationFailed, .dialbackFailed,
            .dialbackDisabled, .noCommonMethod, .streamError:
            502
        case .dnsFailed: 404
        case .connectionFailed, .streamClosed, .nextHopTimeout, .nextHopUnreachable, .deadlineExceeded: 504
        case .connectionLimit, .queueFull, .rateLimit, .edgeUnavailable, .internalError: 500
        case .sizeLimit: 413
        case .malformed: 400
        case .notTranslatable: 488
        case .notSupported: condition == .featureNotImplemented ? 501 : 488
        case .peerRefused: self.status(of: condition, relatesToDevice: false, hasAlternative: false)
        case .shuttingDown: 503
        }
    }

    /// After how many seconds it may be tried again; `nil` where that would change nothing.
    static func retryAfter(_ reason: RefusalReason) -> Int? {
        switch reason {
        case .connectionLimit, .queueFull, .rateLimit: 10
        case .edgeUnavailable, .shuttingDown: 5
        default: nil
        }
    }
}
