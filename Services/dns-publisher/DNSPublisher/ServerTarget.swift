import DNS

/// An authoritative server that takes dynamic updates ([RFC 2136](https://www.rfc-editor.org/rfc/rfc2136)).
struct ServerTarget: Target {
    let client: UpdateClient

    func state(of zone: String, wanted: Set<RecordSet>, owner: String) throws(TargetError) -> ZoneState {
        let ownership = Ownership(owner: owner, zone: zone)
        do throws(UpdateError) {
            let marks = try self.client.records(name: ownership.set.name, type: ownership.set.type)
            let owned = marks.compactMap { ownership.owned(by: $0) }.map(RecordSet.init(of:))
            var records: [UpdateRecord] = []
            for set in wanted.union(owned) {
                records += try self.client.records(name: set.name, type: set.type)
            }
            let isAsked = wanted.contains { $0.type == "TLSA" }
            let isSigned = isAsked ? try !self.client.records(name: zone, type: "DNSKEY").isEmpty : true
            return ZoneState(zone: zone, records: records, marks: marks, isSigned: isSigned)
        } catch {
            throw .server(zone: zone, error)
        }
    }

    func apply(_ plan: ZonePlan) throws(TargetError) {
        do throws(UpdateError) { try self.client.send(plan.message) } catch { throw .server(zone: plan.zone, error) }
    }
}
