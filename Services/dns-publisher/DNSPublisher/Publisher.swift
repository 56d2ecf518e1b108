import DNS
import Logging
import NIOCore
import NIOPosix
import Policy
import ServiceKit
import Wire

/// Knows what should be published, compares it with what is, and makes it so when told.
///
/// Its work waits for DNS servers and files, so it runs on a thread of its own.
actor Publisher {
    let settings: PublishingSettings
    let target: (any Target)?
    let logger: Logger
    /// How many changes are due; -1 while DNS cannot be asked.
    private let pending: Gauge?
    /// Records that prove a name to a CA just now.
    var proofs: [UpdateRecord] = []
    private(set) var domains: [String] = []
    /// The keys that serve, or are about to; nil before cert-service has said which.
    var keys: [DNSAssociation]?
    private(set) var edges: [EdgeRecord] = []
    /// The edges that are about to stop.
    var withdrawals: [String: Withdrawal] = [:]
    let now: @Sendable () -> ContinuousClock.Instant
    /// The drift that was reported last, so that it is reported once.
    private var reported = ""

    nonisolated let unownedExecutor: UnownedSerialExecutor
    private let thread: any EventLoop  // keeps the executor alive

    init(
        _ settings: PublishingSettings,
        target: (any Target)?,
        logger: Logger,
        pending: Gauge? = nil,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.settings = settings
        self.now = now
        self.pending = pending
        self.target = target
        self.logger = logger
        self.thread = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        self.unownedExecutor = self.thread.executor.asUnownedSerialExecutor()
    }

    /// Takes over what the policy says now.
    ///
    /// - Returns: Whether anything is different that matters here.
    @discardableResult
    func follow(domains: [String], edges: [EdgeRecord]) -> Bool {
        let edges = edges.sorted { $0.instance < $1.instance }
        defer { (self.domains, self.edges) = (domains, edges) }
        return self.domains != domains || self.edges != edges
    }

    /// The difference between what should be and what is.
    func plan() throws(TargetError) -> Plan {
        do throws(TargetError) {
            let plan = try self.compare()
            if self.target != nil { self.pending?.set(plan.changeCount) }
            return plan
        } catch {
            self.pending?.set(-1)
            throw error
        }
    }

    private func compare() throws(TargetError) -> Plan {
        let desired = self.desired
        var states: [ZoneState] = []
        if let target = self.target {
            for zone in self.zones {
                let wanted = Set(desired.records.map(RecordSet.init(of:))).union(desired.held)
                    .filter { Plan.zone(of: $0.name, among: self.zones) == zone }
                states.append(try target.state(of: zone, wanted: wanted, owner: self.settings.owner))
            }
        }
        return Plan(desired, states: states, owner: self.settings.owner, ttl: self.settings.records.ttl)
    }

    /// Does exactly the plan that was reviewed, and reads back what has become of it.
    func apply(_ request: DNSApplyRequest) throws(Failure) -> DNSResult {
        guard let target = self.target else {
            throw Failure(.invalid, "No DNS server or zone file is configured: enter the records by hand.")
        }
        let plan = try self.planOrFailure()
        guard plan.checksum == request.checksum else {
            throw Failure(.conflict, "The plan has changed since it was reviewed: it is \(plan.checksum) now.")
        }
        guard !plan.needsForce || request.force else {
            throw Failure(.invalid, "The plan deletes much of what is published: it has to be forced.")
        }
        let applied = try self.carryOut(plan, at: target)
        let after = try self.planOrFailure()
        let text =
            after.isEmpty ? "Read back: DNS says what it should.\n" : "Read back: DNS differs.\n\(after.text)"
        return DNSResult(applied: applied, isVerified: after.isEmpty, text: text)
    }

    /// - Returns: How many records were added and deleted.
    private func carryOut(_ plan: Plan, at target: any Target) throws(Failure) -> Int {
        var applied = 0
        for zone in plan.zones where !zone.isEmpty {
            do throws(TargetError) {
                try target.apply(zone)
            } catch {
                let before = applied == 0 ? "Nothing was changed." : "Zones before it were changed."
                self.logger.error("DNS update failed", metadata: ["dns.zone": "\(zone.zone)", "reason": "\(error)"])
                throw Failure(error.code, "\(error) \(before)")
            }
            applied += zone.additions.count + zone.deletions.count
            self.logger.notice(
                "DNS zone updated",
                metadata: [
                    "dns.zone": "\(zone.zone)", "dns.added": "\(zone.additions.count)",
                    "dns.deleted": "\(zone.deletions.count)", "dns.plan": "\(plan.checksum)",
                ]
            )
        }
        return applied
    }

    /// Does what needs no review: the addresses of edges that come, drain and go, and the keys of certificates.
    private func applyAutomatically(_ target: any Target) throws(TargetError) {
        guard !self.settings.automaticTypes.isEmpty else { return }
        let plan = try self.plan()
        // A large deletion is for somebody to look at, whatever it deletes.
        guard !plan.needsForce else { return }
        let part = plan.only(self.settings.automaticTypes, owner: self.settings.owner)
        // What fails is logged there, and tried again with the next look.
        if !part.isEmpty { _ = try? self.carryOut(part, at: target) }
    }

    /// The records of some sets as they are in DNS, in the zones that are managed.
    func records(of sets: Set<RecordSet>) throws(TargetError) -> [UpdateRecord] {
        var records: [UpdateRecord] = []
        guard let target = self.target else { return [] }
        for zone in self.zones {
            let wanted = sets.filter { Plan.zone(of: $0.name, among: self.zones) == zone }
            guard !wanted.isEmpty else { continue }
            records += try target.state(of: zone, wanted: wanted, owner: self.settings.owner).records
        }
        return records
    }

    /// The records as they should be, as a zone file.
    func zoneFile() -> String {
        let records = self.desired.records
        let zones = self.zones
        let grouped = Dictionary(grouping: records) { Plan.zone(of: $0.name, among: zones) ?? "" }
        return grouped.sorted { $0.key < $1.key }
            .map { zone, records in ZoneFile.text(zone: zone.isEmpty ? "other zones" : zone, records: records) }
            .joined(separator: "\n")
    }

    /// Looks whether DNS still says what it should.
    ///
    /// - Returns: The number of changes that are due; nil when DNS cannot be asked.
    @discardableResult
    func checkDrift() -> Int? {
        guard let target = self.target else { return nil }
        do throws(TargetError) {
            try self.applyAutomatically(target)
            let plan = try self.plan()
            let count = plan.changeCount
            if !plan.isEmpty && self.reported != plan.checksum {
                self.logger.warning(
                    "DNS differs from what is wanted",
                    metadata: ["dns.changes": "\(count)", "dns.plan": "\(plan.checksum)"]
                )
            }
            self.reported = plan.isEmpty ? "" : plan.checksum
            return count
        } catch {
            self.logger.warning("DNS cannot be compared with what is wanted", metadata: ["reason": "\(error)"])
            return nil
        }
    }

    private var desired: DesiredRecords {
        DesiredRecords(self.settings.records, domains: self.domains, edges: self.staying, keys: self.keys)
            .adding(self.proofs)
    }

    /// The zones that are managed: those configured, or else the domains themselves.
    var zones: [String] { self.settings.zones.isEmpty ? self.domains : self.settings.zones }

    private func planOrFailure() throws(Failure) -> Plan {
        do throws(TargetError) { return try self.plan() } catch { throw Failure(error.code, "\(error)") }
    }
}

extension TargetError {
    /// The code between services for it.
    var code: Failure.Code {
        switch self {
        case .server(_, .changedMeanwhile): .conflict
        case .server(_, .invalidRecord), .server(_, .tooLarge): .invalid
        case .server(_, .unreachable), .server(_, .refused), .server(_, .keyRejected),
            .server(_, .clocksDiffer), .server(_, .unauthenticatedAnswer),
            .server(_, .malformedAnswer), .file:
            .unavailable
        }
    }
}
