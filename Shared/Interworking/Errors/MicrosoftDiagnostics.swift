public import Messaging
public import SIPCore

/// `ms-diagnostics`, by which Microsoft's servers and clients say why ([MS-OCER]): an id, a reason, who says so.
public enum MicrosoftDiagnostics {
    public static let name = HeaderName("ms-diagnostics")

    /// Whether who sends these fields is of Microsoft's family, so that it reads such a field.
    public static func isRead(by headers: Headers) -> Bool {
        if headers.from?.parameter("epid") != nil { return true }
        if (headers[.userAgent] ?? headers[.server]).map(MicrosoftProduct.init)??.family != nil { return true }
        return headers.fields.contains { $0.name.text.utf8.count > 3 && $0.name.text.lowercased().hasPrefix("ms-") }
    }

    /// The field for a failure; `source` is our host name.
    public static func field(for failure: DeliveryFailure, source: String) -> Headers.Field {
        let id = self.id(of: failure.reason)
        return Headers.Field(
            self.name,
            "\(id);reason=\(ErrorText.quoted(failure.text));source=\(ErrorText.quoted(source));"
                + "isthmus-reason=\"\(failure.reason.rawValue)\""
        )
    }

    /// The ids we know from Microsoft where they fit, and for the rest one of the range of applications (5000–5999).
    private static func id(of reason: RefusalReason) -> Int {
        switch reason {
        // “Cannot route this type of SIP request to or from federated partners.”
        case .notSupported: 1027
        // “User is disabled”, for federation at least.
        case .userNotEnabled, .userOnSurvivableBranchAppliance: 4141
        case .unknownPartner, .partnerDisabled, .domainBlocked, .contactNotApproved, .unknownUser, .notOurDomain,
            .hostNotAuthorized, .hostOutboundOnly, .fromNotBoundToPeer, .noRoute, .loop, .tlsRequired, .tlsNotSupported,
            .certificateRejected, .authenticationFailed, .dialbackFailed, .dialbackDisabled, .noCommonMethod,
            .dnsFailed, .connectionFailed, .streamError, .streamClosed, .connectionLimit, .queueFull, .rateLimit,
            .sizeLimit, .malformed, .notTranslatable, .peerRefused, .nextHopUnreachable, .nextHopTimeout,
            .edgeUnavailable, .deadlineExceeded, .shuttingDown, .internalError:
            5000
        }
    }
}
