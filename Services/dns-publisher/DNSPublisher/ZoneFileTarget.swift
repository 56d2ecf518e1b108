import DNS
import Foundation

/// A folder of zone file fragments, one for each zone, for a DNS server to include.
struct ZoneFileTarget: Target {
    let directory: String

    func state(of zone: String, wanted: Set<RecordSet>, owner: String) throws(TargetError) -> ZoneState {
        let marks = Ownership(owner: owner, zone: zone).set
        let records = try self.read(zone)
        return ZoneState(
            zone: zone,
            records: records.filter { RecordSet(of: $0) != marks },
            marks: records.filter { RecordSet(of: $0) == marks }
        )
    }

    func apply(_ plan: ZonePlan) throws(TargetError) {
        let gone = Set((plan.deletions + plan.additions).map { $0.with(ttl: 0) })
        let records = try self.read(plan.zone).filter { !gone.contains($0.with(ttl: 0)) } + plan.additions
        let file = self.file(plan.zone)
        do {
            try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
            try Data(ZoneFile.text(zone: plan.zone, records: records).utf8).write(to: file, options: .atomic)
        } catch {
            throw .file(path: file.path, reason: "\(error.localizedDescription)")
        }
    }

    private func read(_ zone: String) throws(TargetError) -> [UpdateRecord] {
        let file = self.file(zone)
        guard FileManager.default.fileExists(atPath: file.path) else { return [] }
        do {
            return ZoneFile.records(of: String(decoding: try Data(contentsOf: file), as: UTF8.self))
        } catch {
            throw .file(path: file.path, reason: "\(error.localizedDescription)")
        }
    }

    private func file(_ zone: String) -> URL { URL(filePath: self.directory).appending(path: "\(zone).zone") }
}
