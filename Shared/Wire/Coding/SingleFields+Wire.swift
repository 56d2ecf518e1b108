internal import CIsthmusProto
internal import Policy

// Messages of one field, which are no type of their own in Swift.

struct RefusalReportWire: WireMessage {
    let value: [RefusalRecord]

    init(_ value: [RefusalRecord]) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__RefusalReport>) {
        isthmus__v1__refusal_report__init(message)
    }

    func fill(_ message: inout Isthmus__V1__RefusalReport, in arena: Arena) {
        (message.n_records, message.records) = arena.messages(self.value)
    }

    init(_ message: Isthmus__V1__RefusalReport) throws(WireError) {
        self.value = try values(message.n_records, message.records)
    }
}

struct TestStepsWire: WireMessage {
    let value: [TestStep]

    init(_ value: [TestStep]) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__TestSteps>) {
        isthmus__v1__test_steps__init(message)
    }

    func fill(_ message: inout Isthmus__V1__TestSteps, in arena: Arena) {
        (message.n_steps, message.steps) = arena.messages(self.value)
    }

    init(_ message: Isthmus__V1__TestSteps) throws(WireError) {
        self.value = try values(message.n_steps, message.steps)
    }
}

struct EdgeDepartureWire: WireMessage {
    let value: String

    init(_ value: String) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__EdgeDeparture>) {
        isthmus__v1__edge_departure__init(message)
    }

    func fill(_ message: inout Isthmus__V1__EdgeDeparture, in arena: Arena) {
        message.instance = arena.text(self.value)
    }

    init(_ message: Isthmus__V1__EdgeDeparture) throws(WireError) { self.value = try String(message.instance) }
}

struct DialbackKeyWire: WireMessage {
    let value: String

    init(_ value: String) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DialbackKey>) {
        isthmus__v1__dialback_key__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DialbackKey, in arena: Arena) {
        message.key = arena.text(self.value)
    }

    init(_ message: Isthmus__V1__DialbackKey) throws(WireError) { self.value = try String(message.key) }
}

struct DialbackVerdictWire: WireMessage {
    let value: Bool

    init(_ value: Bool) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DialbackVerdict>) {
        isthmus__v1__dialback_verdict__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DialbackVerdict, in arena: Arena) {
        message.is_valid = self.value ? 1 : 0
    }

    init(_ message: Isthmus__V1__DialbackVerdict) throws(WireError) { self.value = message.is_valid != 0 }
}

struct CertificatesChangedWire: WireMessage {
    let value: UInt64

    init(_ value: UInt64) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificatesChanged>) {
        isthmus__v1__certificates_changed__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificatesChanged, in arena: Arena) {
        message.version = self.value
    }

    init(_ message: Isthmus__V1__CertificatesChanged) throws(WireError) { self.value = message.version }
}

struct CertificateRenewalWire: WireMessage {
    let value: String

    init(_ value: String) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateRenewal>) {
        isthmus__v1__certificate_renewal__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateRenewal, in arena: Arena) {
        message.id = arena.text(self.value)
    }

    init(_ message: Isthmus__V1__CertificateRenewal) throws(WireError) { self.value = try String(message.id) }
}

struct CertificateRemovalWire: WireMessage {
    let value: String

    init(_ value: String) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateRemoval>) {
        isthmus__v1__certificate_removal__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateRemoval, in arena: Arena) {
        message.id = arena.text(self.value)
    }

    init(_ message: Isthmus__V1__CertificateRemoval) throws(WireError) { self.value = try String(message.id) }
}

struct CertificateEnsureWire: WireMessage {
    let value: [String]

    init(_ value: [String]) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateEnsure>) {
        isthmus__v1__certificate_ensure__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateEnsure, in arena: Arena) {
        (message.n_domains, message.domains) = arena.texts(self.value)
    }

    init(_ message: Isthmus__V1__CertificateEnsure) throws(WireError) {
        self.value = try texts(message.n_domains, message.domains)
    }
}

struct CertificateResultWire: WireMessage {
    let value: CertificateRecord

    init(_ value: CertificateRecord) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateResult>) {
        isthmus__v1__certificate_result__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateResult, in arena: Arena) {
        message.record = arena.message(self.value)
    }

    init(_ message: Isthmus__V1__CertificateResult) throws(WireError) { self.value = try Wire.value(message.record) }
}

struct CertificateExportedWire: WireMessage {
    let value: [UInt8]

    init(_ value: [UInt8]) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateExported>) {
        isthmus__v1__certificate_exported__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateExported, in arena: Arena) {
        message.data = arena.bytes(self.value)
    }

    init(_ message: Isthmus__V1__CertificateExported) throws(WireError) { self.value = [UInt8](message.data) }
}

struct TrustRootsWire: WireMessage {
    let value: [TrustRoot]

    init(_ value: [TrustRoot]) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__TrustRoots>) {
        isthmus__v1__trust_roots__init(message)
    }

    func fill(_ message: inout Isthmus__V1__TrustRoots, in arena: Arena) {
        (message.n_roots, message.roots) = arena.messages(self.value)
    }

    init(_ message: Isthmus__V1__TrustRoots) throws(WireError) {
        self.value = try values(message.n_roots, message.roots)
    }
}

struct TrustRootRemovalWire: WireMessage {
    let value: String

    init(_ value: String) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__TrustRootRemoval>) {
        isthmus__v1__trust_root_removal__init(message)
    }

    func fill(_ message: inout Isthmus__V1__TrustRootRemoval, in arena: Arena) {
        message.id = arena.text(self.value)
    }

    init(_ message: Isthmus__V1__TrustRootRemoval) throws(WireError) { self.value = try String(message.id) }
}

struct DnsZoneWire: WireMessage {
    let value: String

    init(_ value: String) { self.value = value }

    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__DnsZone>) {
        isthmus__v1__dns_zone__init(message)
    }

    func fill(_ message: inout Isthmus__V1__DnsZone, in arena: Arena) {
        message.text = arena.text(self.value)
    }

    init(_ message: Isthmus__V1__DnsZone) throws(WireError) { self.value = try String(message.text) }
}
