internal import CLDNS
internal import Glibc

/// A DNS message that came back.
final class UpdateAnswer {
    private let packet: UnsafeMutablePointer<ldns_pkt>
    private let wire: [UInt8]

    init(_ wire: [UInt8]) throws(UpdateError) {
        var packet: UnsafeMutablePointer<ldns_pkt>?
        guard ldns_wire2pkt(&packet, wire, wire.count) == LDNS_STATUS_OK, let packet else { throw .malformedAnswer }
        self.packet = packet
        self.wire = wire
    }

    deinit { ldns_pkt_free(self.packet) }

    /// Throws unless the answer is signed with `key` and answers the message with `signature`.
    func verify(key: UpdateKey, signature: [UInt8]) throws(UpdateError) {
        guard let tsig = ldns_pkt_tsig(self.packet) else {
            // A server that does not know us at all may answer without a signature.
            try self.checkCode(isUpdate: true)
            throw .unauthenticatedAnswer
        }
        // RFC 8945 §4.2: algorithm, time, fudge, MAC, original id, error, other data.
        let code = ldns_rr_rdf(tsig, 5).map { ldns_rdf2native_int16($0) } ?? 0
        switch code {
        case 0: try self.authenticate(key, signature)
        case Self.badTime:
            // The answer is signed, with the server's time beside (§5.2.3): what is not is nobody's clock.
            try self.authenticate(key, signature)
            guard let signed = Self.seconds(tsig, 1), let server = Self.seconds(tsig, 6) else {
                throw .keyRejected(code: "BADTIME")
            }
            throw .clocksDiffer(seconds: server - signed)
        default: throw .keyRejected(code: Self.signatureErrors[code] ?? "error \(code)")
        }
    }

    private func authenticate(_ key: UpdateKey, _ signature: [UInt8]) throws(UpdateError) {
        let request = signature.withUnsafeBytes {
            ldns_rdf_new_frm_data(LDNS_RDF_TYPE_INT16_DATA, $0.count, $0.baseAddress)
        }
        defer { ldns_rdf_deep_free(request) }
        let isValid = ldns_pkt_tsig_verify(
            self.packet,
            self.wire,
            self.wire.count,
            key.name + ".",
            key.secret,
            request
        )
        guard isValid != 0 else { throw .unauthenticatedAnswer }
    }

    /// A time of 48 bits at the end of a field: that of the signature, or the other data with its length before it.
    private static func seconds(_ tsig: UnsafeMutablePointer<ldns_rr>, _ field: Int) -> Int? {
        guard let data = ldns_rr_rdf(tsig, field), ldns_rdf_size(data) >= 6 else { return nil }
        let bytes = UnsafeRawBufferPointer(start: ldns_rdf_data(data), count: ldns_rdf_size(data))
        return bytes.suffix(6).reduce(0) { $0 << 8 | Int($1) }
    }

    private static let badTime: UInt16 = 18

    /// Throws for any response code but success, and for a query also "no such name".
    func checkCode(isUpdate: Bool) throws(UpdateError) {
        let code = ldns_pkt_get_rcode(self.packet)
        switch code {
        case LDNS_RCODE_NOERROR: return
        case LDNS_RCODE_NXDOMAIN where !isUpdate: return
        case LDNS_RCODE_NXRRSET, LDNS_RCODE_YXRRSET, LDNS_RCODE_YXDOMAIN, LDNS_RCODE_NXDOMAIN:
            throw .changedMeanwhile(code: Self.name(of: code))
        default: throw .refused(code: Self.name(of: code))
        }
    }

    /// The records of a set among the answers.
    func records(name: String, type: String) -> [UpdateRecord] {
        guard let list = ldns_pkt_answer(self.packet) else { return [] }
        let all = (0..<ldns_rr_list_rr_count(list)).compactMap { ldns_rr_list_rr(list, $0) }.map(Self.record)
        return all.filter { $0.name == name.lowercased() && $0.type == type }
    }

    private static func record(_ record: UnsafeMutablePointer<ldns_rr>) -> UpdateRecord {
        UpdateRecord(
            name: self.text(ldns_rdf2str(ldns_rr_owner(record))),
            type: self.text(ldns_rr_type2str(ldns_rr_get_type(record))),
            ttl: ldns_rr_ttl(record),
            data: (0..<ldns_rr_rd_count(record))
                .map { self.text(ldns_rdf2str(ldns_rr_rdf(record, $0))) }.joined(separator: " ")
        )
    }

    private static func name(of code: ldns_pkt_rcode) -> String {
        let text = self.text(ldns_pkt_rcode2str(code))
        return text.isEmpty ? "code \(code.rawValue)" : text
    }

    private static func text(_ string: UnsafeMutablePointer<CChar>?) -> String {
        guard let string else { return "" }
        defer { free(string) }
        return String(cString: string)
    }

    private static let signatureErrors: [UInt16: String] = [16: "BADSIG", 17: "BADKEY", 18: "BADTIME", 22: "BADTRUNC"]
}
