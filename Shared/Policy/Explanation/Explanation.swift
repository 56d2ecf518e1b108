public import Messaging

/// Why something may or may not cross the gateway: the decision, every rule that led to it in the order in which the rules
/// are asked, and what would happen next.
///
/// The words are for administrators, unlike those of a ``DeliveryFailure``, which are for peers. The decision is the one that
/// the edges make: both come from the same function of the same facts.
public struct Explanation: Equatable, Sendable {
    public var direction: Decision.Direction
    public var kind: Decision.Kind
    public var from: Address
    public var to: Address
    public var decision: Decision
    public var steps: [ExplanationStep]
    /// What to do about a refusal; empty when it is allowed.
    public var remedy: String
    /// Where it would go, and how; empty when it is refused.
    public var path: [String]
    /// What would be taken out of it; empty when nothing is.
    public var stripped: [String]

    /// The decision in one sentence.
    public var verdict: String {
        guard let failure = self.decision.failure else {
            return self.stripped.isEmpty
                ? "It may cross." : "It may cross, without \(self.stripped.joined(separator: ", "))."
        }
        return "It is refused (\(failure.reason.rawValue)): \(failure.text)."
    }
}

/// One rule, and what it said.
public struct ExplanationStep: Equatable, Sendable {
    public enum Outcome: String, Equatable, Sendable, CaseIterable {
        case passed
        /// The rule that decided.
        case refused
        /// A rule before it has decided.
        case notReached = "not-reached"
    }

    public var rule: Rule
    public var outcome: Outcome
    /// What was found.
    public var text: String

    /// The rules in their order (SPEC §§ 1, 2).
    public enum Rule: String, Equatable, Sendable, CaseIterable {
        case ourDomain = "our domain"
        case otherDomain = "remote domain"
        case blockedList = "blocked domains"
        case allowedList = "allowed domains"
        case partner = "partner"
        case partnerEnabled = "partner enabled"
        case directory = "directory"
        case branchAppliance = "branch appliance"
        case access = "xmpp-access"
        case contact = "contact"
        case partition = "partition"
    }
}

extension ExplanationStep.Rule {
    /// The rule that makes this objection.
    init(_ objection: Objection) {
        switch objection {
        case .notOurDomain: self = .ourDomain
        case .remoteIsOurs: self = .otherDomain
        case .blocked: self = .blockedList
        case .notAllowed: self = .allowedList
        case .unknownPartner: self = .partner
        case .partnerDisabled: self = .partnerEnabled
        case .unknownUser: self = .directory
        case .onSurvivableBranchAppliance: self = .branchAppliance
        case .userNotEnabled: self = .access
        case .contactNotApproved, .contactNotKnown: self = .contact
        case .senderLivesElsewhere, .wouldComeBack, .unknownOnBothSides: self = .partition
        }
    }
}
