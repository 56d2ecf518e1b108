import DNS
import Wire

/// What other services ask.
extension Publisher {
    func answer(_ body: Body) throws(Failure) -> Body {
        switch body {
        case .dnsPlanRequest:
            do throws(TargetError) {
                return .dnsPlan(DNSPlan(try self.plan()))
            } catch {
                throw Failure(error.code, "\(error)")
            }
        case .dnsApply(let request): return .dnsResult(try self.apply(request))
        case .dnsChallenge(let challenge):
            try self.put(challenge)
            return .acknowledged
        case .dnsAssociations(let keys): return .dnsAssociationsState(try self.follow(keys: keys))
        case .dnsWithdrawal(let instance): return .dnsWithdrawalState(self.withdraw(instance))
        case .dnsZoneRequest: return .dnsZone(self.zoneFile())
        default: throw Failure(.unsupported, "dns-publisher does not serve this.")
        }
    }
}

extension DNSPlan {
    /// The plan as it goes over the bus.
    init(_ plan: Plan) {
        self.init(
            checksum: plan.checksum,
            changes: plan.zones.flatMap { zone in
                zone.deletions.map { DNSChange(.delete, DNSRecord($0)) }
                    + zone.additions.map { DNSChange(.add, DNSRecord($0)) }
            },
            desired: plan.desired.map { DNSRecord($0) },
            text: plan.text,
            warnings: plan.warnings,
            needsForce: plan.needsForce
        )
    }
}

extension DNSRecord {
    init(_ record: UpdateRecord) {
        self.init(name: record.name, type: record.type, ttl: record.ttl, data: record.data)
    }
}
