import Policy
import Wire

/// The edges, as all processes together have heard of them.
extension PostgresStore {
    /// The server's clock, in milliseconds since 1970: the same for all processes.
    private static let now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

    func heard(_ edge: EdgeRecord, _ status: EdgeStatus, atMost limit: Int) async throws -> Bool {
        try await self.write { session in
            let columns = edge.columns
            let same = columns.indices.map { #""\#(columns[$0].name)" = $\#($0 + 2)"# }.joined(separator: " AND ")
            let document = SQLValue(status.document.json())
            let isKnown =
                try session.execute(
                    "UPDATE edge SET status = $1, heard_at = \(Self.now) WHERE \(same)",
                    [document] + columns.map(\.value)
                ) == 1
            if isKnown { return true }
            let others = try session.row(
                "SELECT count(*) AS others FROM edge WHERE instance <> $1",
                [.text(edge.instance)]
            )
            guard try others.map({ try $0.number("others") }) ?? 0 < limit else { return false }
            try session.put("edge", [columns + [("status", document)]])
            try session.execute("UPDATE edge SET heard_at = \(Self.now) WHERE instance = $1", [.text(edge.instance)])
            try self.record(self.recorded([.edge(edge)]), session)
            return true
        }
    }

    func removeEdges(silentFor milliseconds: Int64) async throws -> [String] {
        try await self.write { session in
            let rows = try session.rows(
                "DELETE FROM edge WHERE heard_at <= \(Self.now) - $1 RETURNING instance",
                [SQLValue(milliseconds)]
            )
            let instances = try rows.map { try $0.text("instance") }.sorted()
            guard !instances.isEmpty else { return [] }
            try self.record(self.recorded(instances.map { .edgeRemoved(instance: $0) }), session)
            return instances
        }
    }

    func heartbeats() async throws -> [SharedHeartbeat] {
        try await self.read { session in
            try session.rows("SELECT * FROM edge ORDER BY instance").map { row in
                SharedHeartbeat(
                    edge: try EdgeRecord(row: row),
                    status: try row.optionalText("status").map { EdgeStatus(document: try DocumentValue(json: $0)) },
                    heardAt: try row.integer("heard_at")
                )
            }
        }
    }
}

extension EdgeStatus {
    fileprivate var document: DocumentValue {
        [
            "policy-epoch": .text(self.policyEpoch),
            "policy-sequence": .integer(Int(clamping: self.policySequence)),
            "certificates-version": .integer(Int(clamping: self.certificatesVersion)),
            "started-at": .integer(Int(self.startedAt)),
            "program": .text(self.programVersion),
            "counters": .object(self.counters.map { .init($0.name, .integer(Int($0.value))) }),
        ]
    }

    fileprivate init(document: DocumentValue) {
        self.init(
            policyEpoch: document["policy-epoch"]?.text ?? "",
            policySequence: UInt64(clamping: document["policy-sequence"]?.integer ?? 0),
            certificatesVersion: UInt64(clamping: document["certificates-version"]?.integer ?? 0),
            startedAt: Int64(document["started-at"]?.integer ?? 0),
            programVersion: document["program"]?.text ?? "",
            counters: (document["counters"]?.members ?? []).compactMap { member in
                member.value.integer.map { Counter(name: member.name, value: Int64($0)) }
            }
        )
    }
}
