import DNS
import Policy
import Wire

/// The records that should be (SPEC §9): a pure function of the configuration, the domains and the live edges.
struct DesiredRecords: Equatable, Sendable {
    /// How several access points share the peers.
    enum Strategy: String, Sendable, CaseIterable {
        /// A priority each: the first is used until it fails, as Lync does with several sites.
        case failover
        /// One priority: peers are spread evenly.
        case balanced
    }

    /// What does not change while the service runs.
    struct Settings: Equatable, Sendable {
        /// Where XMPP partners are sent; empty: each domain's own `xmpp.<domain>`.
        var xmppAccess: [AccessPoint] = []
        /// Where SIP servers are sent; empty: each domain's own `sip.<domain>`.
        var sipAccess: [AccessPoint] = []
        var strategy: Strategy = .failover
        var ttl: UInt32 = 300
        var ports = Ports()
        /// The uses whose public keys are published as TLSA records.
        var keyUses: Set<CertificateUse> = []
    }

    /// The ports in the SRV records; 0: the record is not wanted.
    struct Ports: Equatable, Sendable {
        var xmpp = 5269
        var xmppDirectTLS = 5270
        var sipTLS = 5061
        var sip = 5060
    }

    /// In order of name and type; no two alike.
    let records: [UpdateRecord]
    /// Sets of records that nobody can say anything about now: addresses while no edge lives.
    ///
    /// They stay as they are, for an outage of ours is no reason to vanish from DNS.
    let held: Set<RecordSet>

    init(records: [UpdateRecord], held: Set<RecordSet>) { (self.records, self.held) = (records, held) }

    /// `keys` are those of the certificates in use or about to be; nil before cert-service has said which.
    init(_ settings: Settings, domains: [String], edges: [EdgeRecord], keys: [DNSAssociation]? = nil) {
        var records: Set<UpdateRecord> = []
        var held: Set<RecordSet> = []
        for domain in Set(domains) {
            for service in Self.services(settings) where service.port > 0 {
                let points = settings.points(for: service.kind, of: domain)
                for (index, point) in points.enumerated() {
                    let priority = settings.strategy == .failover ? 10 * (index + 1) : 10
                    let weight = settings.strategy == .balanced && points.count > 1 ? 10 : 0
                    records.insert(
                        UpdateRecord(
                            name: "\(service.label).\(domain)",
                            type: "SRV",
                            ttl: settings.ttl,
                            data: "\(priority) \(weight) \(service.port) \(point.name)."
                        )
                    )
                }
            }
        }
        for (name, addresses) in Self.addresses(settings, domains: domains, edges: edges) {
            for address in addresses {
                let type = address.isIPv6 ? "AAAA" : "A"
                records.insert(UpdateRecord(name: name, type: type, ttl: settings.ttl, data: "\(address)"))
            }
            if addresses.isEmpty { held.formUnion(["A", "AAAA"].map { RecordSet(name: name, type: $0) }) }
        }
        for (key, place) in Self.places(settings, domains: domains, keys: keys ?? []) {
            records.insert(UpdateRecord(name: place, type: "TLSA", ttl: settings.ttl, data: "3 1 1 \(key.digest)"))
        }
        // Who does not know which keys serve leaves those that are there: a peer that finds none of them is cut off.
        if keys == nil {
            held.formUnion(Self.places(settings, domains: domains).map { RecordSet(name: $0, type: "TLSA") })
        }
        self.records = records.sorted(by: RecordSet.order)
        self.held = held
    }

    private static func services(_ settings: Settings) -> [(label: String, port: Int, kind: EdgeRecord.Kind)] {
        [
            // RFC 6120 §3.2.1, XEP-0368, RFC 3263 §4.1; _sipfederationtls is Microsoft's.
            ("_xmpp-server._tcp", settings.ports.xmpp, .xmpp),
            ("_xmpps-server._tcp", settings.ports.xmppDirectTLS, .xmpp),
            ("_sipfederationtls._tcp", settings.ports.sipTLS, .sip),
            ("_sips._tcp", settings.ports.sipTLS, .sip),
            ("_sip._tcp", settings.ports.sip, .sip),
        ]
    }

    /// The addresses of each access point: its own, or those of the edges that live and do not drain.
    private static func addresses(
        _ settings: Settings,
        domains: [String],
        edges: [EdgeRecord]
    ) -> [String: Set<IPAddress>] {
        var addresses: [String: Set<IPAddress>] = [:]
        for kind in EdgeRecord.Kind.allCases {
            let live = edges.filter { $0.kind == kind && !$0.isDraining }.flatMap(\.publicAddresses)
                .compactMap { IPAddress($0) }
            let configured = kind == .xmpp ? settings.xmppAccess : settings.sipAccess
            let points = configured.isEmpty ? domains.flatMap { settings.points(for: kind, of: $0) } : configured
            for point in points {
                addresses[point.name, default: []].formUnion(point.addresses.isEmpty ? live : point.addresses)
            }
        }
        return addresses
    }
}

extension DesiredRecords.Settings {
    /// The access points of one kind of edge for a domain, the preferred one first.
    func points(for kind: EdgeRecord.Kind, of domain: String) -> [AccessPoint] {
        switch kind {
        case .xmpp: self.xmppAccess.isEmpty ? [AccessPoint(name: "xmpp.\(domain)")] : self.xmppAccess
        case .sip: self.sipAccess.isEmpty ? [AccessPoint(name: "sip.\(domain)")] : self.sipAccess
        }
    }
}

/// A name and a type: what DNS keeps together ([RFC 2181 §5](https://www.rfc-editor.org/rfc/rfc2181#section-5)).
struct RecordSet: Hashable, Sendable {
    let name: String
    let type: String

    init(name: String, type: String) {
        self.name = name
        self.type = type
    }

    init(of record: UpdateRecord) { self.init(name: record.name, type: record.type) }

    /// By name, then type, then data: the order of all our lists.
    static func order(_ a: UpdateRecord, _ b: UpdateRecord) -> Bool {
        (a.name, a.type, a.data, a.ttl) < (b.name, b.type, b.data, b.ttl)
    }
}
