import DNS
import Logging
import Policy
import Wire

/// Proofs of names for a CA ([RFC 8555 §8.4](https://www.rfc-editor.org/rfc/rfc8555#section-8.4)): records that live for minutes,
/// and are not in the plan that an administrator reviews.
extension Publisher {
    /// As short as a resolver may remember it: nobody needs it again.
    private static let challengeTTL: UInt32 = 5

    /// Puts the proof beside whatever else is at its place, or takes ours away, and makes sure that DNS has it so.
    func put(_ challenge: DNSChallenge) throws(Failure) {
        let name = DomainName.normalized(challenge.name)
        if let problem = DomainName.problem(with: name) {
            throw Failure(.invalid, "“\(challenge.name)” is no name: \(problem).")
        }
        guard let target = self.target else {
            throw Failure(.invalid, "No DNS server or zone file is configured, so nothing can be proven by dns-01.")
        }
        let record = UpdateRecord(
            name: "_acme-challenge.\(name)",
            type: "TXT",
            ttl: Self.challengeTTL,
            data: UpdateRecord.quoted(challenge.text)
        )
        guard let zone = Plan.zone(of: record.name, among: self.zones) else {
            throw Failure(.invalid, "\(record.name) lies in no zone that is managed here: see ISTHMUS_DNS_ZONES.")
        }
        let isAsWanted: Bool
        do throws(TargetError) {
            let ownership = Ownership(owner: self.settings.owner, zone: zone)
            let state = try target.state(of: zone, wanted: [RecordSet(of: record)], owner: self.settings.owner)
            let plan = ZonePlan(putting: record, in: state, ownership, isRemoval: challenge.isRemoval)
            self.remember(record, isRemoval: challenge.isRemoval)
            if !plan.isEmpty { try target.apply(plan) }
            let after = try target.state(of: zone, wanted: [RecordSet(of: record)], owner: self.settings.owner)
            // A proof of somebody else's with the same text stays.
            isAsWanted = challenge.isRemoval ? plan.isEmpty || !after.has(record) : after.has(record)
        } catch {
            throw self.refusal(of: record, "\(error)", error.code)
        }
        guard isAsWanted else {
            let place = challenge.isRemoval ? "it is still there" : "it is not there; is there a CNAME at this name?"
            throw self.refusal(of: record, "Read back from zone \(zone): \(place)", .unavailable)
        }
        self.logger.info(
            challenge.isRemoval ? "DNS proof removed" : "DNS proof published",
            metadata: ["dns.zone": "\(zone)", "dns.name": "\(record.name)"]
        )
    }

    private func refusal(of record: UpdateRecord, _ reason: String, _ code: Failure.Code) -> Failure {
        self.logger.warning("DNS proof not changed", metadata: ["dns.name": "\(record.name)", "reason": "\(reason)"])
        return Failure(code, "\(record.name): \(reason)")
    }

    /// While it is wanted, it is no drift.
    private func remember(_ record: UpdateRecord, isRemoval: Bool) {
        self.proofs.removeAll { $0 == record }
        if !isRemoval { self.proofs.append(record) }
    }
}

extension DesiredRecords {
    func adding(_ proofs: [UpdateRecord]) -> DesiredRecords {
        DesiredRecords(records: (self.records + proofs).sorted(by: RecordSet.order), held: self.held)
    }
}

extension ZoneState {
    fileprivate func has(_ record: UpdateRecord) -> Bool {
        self.records.contains { $0.with(ttl: 0) == record.with(ttl: 0) }
    }
}

extension ZonePlan {
    /// One record more or less, and its mark; what is not ours stays, and is not taken for ours.
    init(putting record: UpdateRecord, in state: ZoneState, _ ownership: Ownership, isRemoval: Bool) {
        let key = record.with(ttl: 0)
        let mark = ownership.mark(for: key, ttl: record.ttl)
        let present = state.records.filter { $0.with(ttl: 0) == key }
        let marks = state.marks.filter { ownership.owned(by: $0) == key }
        var additions: [UpdateRecord] = []
        var deletions: [UpdateRecord] = []
        if isRemoval {
            // Without our mark it is somebody else's.
            deletions = marks.isEmpty ? [] : present + marks
        } else if present.isEmpty {
            additions = marks.isEmpty ? [record, mark] : [record]
        }
        let touched = Set((additions + deletions).map(RecordSet.init(of:)))
        let everything = Dictionary(grouping: state.records + state.marks, by: RecordSet.init(of:))
        self.init(
            zone: state.zone,
            additions: additions,
            deletions: deletions,
            before: Dictionary(
                uniqueKeysWithValues: touched.map { ($0, (everything[$0] ?? []).sorted(by: RecordSet.order)) }
            )
        )
    }
}
