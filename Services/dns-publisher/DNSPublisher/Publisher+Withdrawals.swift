import DNS
import Logging
import Policy
import Wire

/// An edge that is about to stop is taken out of DNS first (SPEC §9): peers that ask from then on are led to the others, and who has
/// asked before finds the edge until nobody remembers its address any more.
extension Publisher {
    /// A withdrawal: the edge asks how it stands until it stops.
    struct Withdrawal {
        /// When the edge asked last: whoever asks no more has stopped, or goes on after all.
        var askedAt: ContinuousClock.Instant
        /// Since when DNS has not had its addresses.
        var doneAt: ContinuousClock.Instant?
    }

    /// An edge asks every second; policy-service may be restarted between two questions.
    private static let patience = Duration.seconds(30)

    /// Takes the addresses of an edge out of DNS, as far as that is done without a review, and says how far it is.
    func withdraw(_ instance: String) -> DNSWithdrawal {
        guard let edge = self.edges.first(where: { $0.instance == instance }) else {
            return .kept(reason: "dns-publisher knows nothing of it")
        }
        do throws(TargetError) {
            let listed = try self.listed(edge)
            if var known = self.withdrawals[instance] {
                known.askedAt = self.now()
                self.withdrawals[instance] = known
            } else if let objection = self.objection(to: edge, listed) {
                return .kept(reason: objection)
            } else {
                self.withdrawals[instance] = Withdrawal(askedAt: self.now())
                self.logger.notice(
                    "Edge is withdrawn from DNS",
                    metadata: ["edge.instance": "\(instance)", "dns.addresses": "\(edge.publicAddresses)"]
                )
            }
            return try self.progress(of: edge, listed)
        } catch {
            return .listed(reason: "\(error)")
        }
    }

    private func progress(of edge: EdgeRecord, _ listed: [UpdateRecord]) throws(TargetError) -> DNSWithdrawal {
        if !listed.isEmpty { self.checkDrift() }
        let left = listed.isEmpty ? [] : try self.listed(edge)
        guard left.isEmpty else {
            let deletions = Set(try self.plan().zones.flatMap(\.deletions).map { $0.with(ttl: 0) })
            guard left.contains(where: { deletions.contains($0.with(ttl: 0)) }) else {
                self.withdrawals[edge.instance] = nil
                return .kept(reason: "its records in DNS are not ours: \(left.map { "\($0)" }.joined(separator: ", "))")
            }
            return .listed(reason: "the plan waits for somebody to apply it, or the server for its next attempt")
        }
        let doneAt = self.withdrawals[edge.instance]?.doneAt ?? self.now()
        self.withdrawals[edge.instance]?.doneAt = doneAt
        let memory = Duration.seconds(Int64(self.settings.records.ttl) + Int64(self.settings.propagation))
        let wait = max(.zero, memory - doneAt.duration(to: self.now()))
        return .withdrawn(wait: UInt32(clamping: wait.components.seconds + (wait.components.attoseconds > 0 ? 1 : 0)))
    }

    /// Why DNS stays as it is when `edge` stops; `nil`: its addresses are taken out.
    private func objection(to edge: EdgeRecord, _ listed: [UpdateRecord]) -> String? {
        guard self.target != nil else { return "DNS is edited by hand (ISTHMUS_DNS_TARGET is print)" }
        guard !listed.isEmpty else { return "DNS leads nobody to it" }
        guard self.settings.automaticTypes.isSuperset(of: listed.map(\.type)) else {
            return "addresses are changed after a review only (ISTHMUS_DNS_AUTOMATIC)"
        }
        let others = self.staying.filter { $0.kind == edge.kind && $0.instance != edge.instance }
        let addresses = Set(others.flatMap(\.publicAddresses))
        guard !addresses.isEmpty else { return "it is the last \(edge.kind.rawValue): its addresses stay in DNS" }
        guard !addresses.isSuperset(of: edge.publicAddresses) else { return "others have the same addresses" }
        return nil
    }

    /// The records of access names that lead to `edge` now; those with fixed addresses follow nobody.
    private func listed(_ edge: EdgeRecord) throws(TargetError) -> [UpdateRecord] {
        let records = self.settings.records
        let points = self.domains.flatMap { records.points(for: edge.kind, of: $0) }.filter(\.addresses.isEmpty)
        let names = Set(points.map(\.name))
        let sets = Set(names.flatMap { name in ["A", "AAAA"].map { RecordSet(name: name, type: $0) } })
        // As the records have them: an address of IPv6 can be written in many ways.
        let own = Set(edge.publicAddresses.compactMap { IPAddress($0) })
        guard !sets.isEmpty, !own.isEmpty else { return [] }
        return try self.records(of: sets).filter { record in IPAddress(record.data).map(own.contains) == true }
    }

    /// The edges that are to be in DNS: those that are about to stop are not.
    var staying: [EdgeRecord] { self.edges.filter { !$0.isDraining && self.withdrawals[$0.instance] == nil } }

    /// Takes those back into DNS that ask no more and live on: their process was killed while it waited, and started anew.
    func forgetWithdrawals() {
        let count = self.withdrawals.count
        self.withdrawals = self.withdrawals.filter { instance, withdrawal in
            self.edges.contains { $0.instance == instance && !$0.isDraining }
                && withdrawal.askedAt.duration(to: self.now()) < Self.patience
        }
        if self.withdrawals.count < count { self.checkDrift() }
    }
}
