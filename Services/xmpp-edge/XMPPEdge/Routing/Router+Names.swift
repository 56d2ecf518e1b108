import Interworking
import Messaging
import NetworkKit
import Policy
import ServiceKit
import XMPPCore

/// What users of ours are called, for their vCards (XEP-0054).
extension Router {
    /// The name that the directory has, else the one that the user's latest request gave; for those who may know: a partner who sees
    /// nobody before they have added its contact is told no name either (SPEC §2).
    func name(of jid: JID?, for pair: DomainPair) -> String? {
        guard self.mayKnowNames(pair), let jid, jid.local != nil, let address = try? Address(jid) else { return nil }
        if let name = self.policy.user(address)?.displayName, !name.isEmpty { return name }
        return self.names[Self.key(address)]
    }

    /// A request of a user of ours said what the user is called, and was allowed to cross.
    func remember(_ name: String, of user: Address) {
        self.names.update(Self.key(user), initial: name) { $0 = name }
        self.surroundings.metrics.names.set(self.names.count)
    }

    private func mayKnowNames(_ pair: DomainPair) -> Bool {
        if self.policy.isPartitioned(pair.local, pair.remote) { return true }
        switch self.policy.partner(ofDomain: pair.remote)?.kind {
        case .federated, .publicVerified: return true
        case .publicUnverified, nil: return false
        }
    }

    private static func key(_ user: Address) -> Address {
        Address(user: user.user?.caseFolded, domain: user.domain.caseFolded)
    }
}
