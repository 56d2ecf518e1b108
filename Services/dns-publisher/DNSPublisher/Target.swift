import DNS

/// Where records are published.
protocol Target: Sendable {
    /// What a zone holds now: the wanted sets, and those that are marked as ours.
    func state(of zone: String, wanted: Set<RecordSet>, owner: String) throws(TargetError) -> ZoneState

    /// Does the plan of one zone: all of it, or nothing.
    func apply(_ plan: ZonePlan) throws(TargetError)
}

/// Why a target could not be read or changed.
enum TargetError: Error, Equatable {
    case server(zone: String, UpdateError)
    case file(path: String, reason: String)
}

extension TargetError: CustomStringConvertible {
    var description: String {
        switch self {
        case .server(let zone, let error): "Zone \(zone): \(error)"
        case .file(let path, let reason): "The file \(path) cannot be used: \(reason)"
        }
    }
}
