internal import Messaging

/// What a decision can hold against something; its reason, its condition and its words.
enum Objection: Equatable, CaseIterable {
    case notOurDomain
    case remoteIsOurs
    case blocked
    case notAllowed
    case unknownPartner
    case partnerDisabled
    case unknownUser
    case onSurvivableBranchAppliance
    case userNotEnabled
    case contactNotApproved
    case contactNotKnown
    /// Of the two sides of split domains: the sender is the other server's user.
    case senderLivesElsewhere
    /// The recipient lives where this came from.
    case wouldComeBack
    case unknownOnBothSides

    var reason: RefusalReason {
        switch self {
        case .notOurDomain: .notOurDomain
        case .remoteIsOurs, .unknownPartner: .unknownPartner
        case .blocked, .notAllowed: .domainBlocked
        case .partnerDisabled: .partnerDisabled
        case .unknownUser, .unknownOnBothSides: .unknownUser
        case .onSurvivableBranchAppliance: .userOnSurvivableBranchAppliance
        case .userNotEnabled: .userNotEnabled
        case .contactNotApproved, .contactNotKnown: .contactNotApproved
        case .senderLivesElsewhere: .fromNotBoundToPeer
        case .wouldComeBack: .loop
        }
    }

    /// A stream that policy forbids ends with `policy-violation`
    /// ([RFC 6120 §4.9.3.14](https://www.rfc-editor.org/rfc/rfc6120#section-4.9.3.14)), a stanza is `forbidden`.
    func condition(for kind: Decision.Kind) -> DeliveryFailure.Condition {
        switch self {
        case .notOurDomain, .unknownUser, .unknownOnBothSides, .wouldComeBack: .itemNotFound
        case .remoteIsOurs, .blocked, .notAllowed, .unknownPartner, .partnerDisabled:
            kind == .stream ? .policyViolation : .forbidden
        case .onSurvivableBranchAppliance, .userNotEnabled, .contactNotApproved, .senderLivesElsewhere: .forbidden
        // RFC 6120 §8.3.3.18: of the type “wait”, for the contact may try again.
        case .contactNotKnown: .resourceConstraint
        }
    }

    /// Words for the peer: they name the rule, not a user.
    var text: String {
        switch self {
        case .notOurDomain: "this gateway does not serve that domain"
        case .remoteIsOurs: "a domain of this gateway is no federation partner of it"
        case .blocked: "the remote domain is on this gateway's list of blocked domains"
        case .notAllowed: "the remote domain is not on this gateway's list of allowed domains"
        case .unknownPartner: "the remote domain is not a federation partner of this gateway"
        case .partnerDisabled: "federation with this partner is switched off"
        case .unknownUser: "no such user"
        case .onSurvivableBranchAppliance: "the user is homed on a survivable branch appliance and is not federated"
        case .userNotEnabled: "the user is not enabled for XMPP federation"
        case .contactNotApproved: "contacts of this partner must first be added by the user"
        case .senderLivesElsewhere: "the sender is no user of the server that sent this"
        case .wouldComeBack: "the recipient is a user of the server that sent this, which does not know the user"
        case .unknownOnBothSides: "neither side of the domain has such a user"
        case .contactNotKnown: "whether the user has added this contact cannot be found out at the moment"
        }
    }

    func failure(for kind: Decision.Kind) -> DeliveryFailure {
        DeliveryFailure(self.condition(for: kind), reason: self.reason, text: self.text)
    }
}
