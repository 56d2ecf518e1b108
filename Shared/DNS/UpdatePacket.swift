internal import CLDNS

/// A DNS message on its way out: queries and updates.
///
/// Owns the `ldns_pkt`, and through it all records that were pushed.
final class UpdatePacket {
    private let packet: UnsafeMutablePointer<ldns_pkt>

    /// A query for one set of records.
    init(query name: String, type: String) throws(UpdateError) {
        let packet = try Self.make(opcode: LDNS_PACKET_QUERY)
        self.packet = packet
        let kind = ldns_get_rr_type_by_name(type)
        let question = try Self.bare(name, type: kind, class: LDNS_RR_CLASS_IN, isQuestion: true)
        ldns_pkt_push_rr(packet, LDNS_SECTION_QUESTION, question)
    }

    /// An update: zone, prerequisites and changes take the places of question, answer and authority (RFC 2136 §2).
    init(_ message: UpdateMessage) throws(UpdateError) {
        let packet = try Self.make(opcode: LDNS_PACKET_UPDATE)
        self.packet = packet
        let zone = try Self.bare(message.zone, type: LDNS_RR_TYPE_SOA, class: LDNS_RR_CLASS_IN, isQuestion: true)
        ldns_pkt_push_rr(packet, LDNS_SECTION_QUESTION, zone)
        for prerequisite in message.prerequisites {
            switch prerequisite {
            case .recordSetIs(let records):
                for record in records {
                    let made = try Self.record(record.with(ttl: 0))
                    ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER, made)
                }
            case .noRecordSet(let name, let type):
                let made = try Self.bare(name, type: ldns_get_rr_type_by_name(type), class: LDNS_RR_CLASS_NONE)
                ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER, made)
            }
        }
        for change in message.changes {
            switch change {
            case .add(let record):
                ldns_pkt_push_rr(packet, LDNS_SECTION_AUTHORITY, try Self.record(record))
            case .delete(let record):
                let made = try Self.record(record.with(ttl: 0))
                ldns_rr_set_class(made, LDNS_RR_CLASS_NONE)
                ldns_pkt_push_rr(packet, LDNS_SECTION_AUTHORITY, made)
            }
        }
    }

    deinit { ldns_pkt_free(self.packet) }

    /// Signs with `key`; the clocks may differ by `skew` seconds (RFC 8945 §10).
    ///
    /// - Returns: The signature, which the signature of the answer covers (RFC 8945 §5.3).
    func sign(with key: UpdateKey, skew: UInt16 = 300) throws(UpdateError) -> [UInt8] {
        let status = ldns_pkt_tsig_sign(
            self.packet,
            key.name + ".",
            key.secret,
            skew,
            key.algorithm.rawValue + ".",
            nil
        )
        guard status == LDNS_STATUS_OK, let signature = ldns_rr_rdf(ldns_pkt_tsig(self.packet), 3) else {
            throw .keyRejected(code: "the key cannot be used: \(String(cString: ldns_get_errorstr_by_id(status)))")
        }
        return [UInt8](UnsafeRawBufferPointer(start: ldns_rdf_data(signature), count: ldns_rdf_size(signature)))
    }

    /// The message as it goes over the wire.
    func encoded() throws(UpdateError) -> [UInt8] {
        let buffer = ldns_buffer_new(Int(LDNS_MAX_PACKETLEN))
        defer { ldns_buffer_free(buffer) }
        guard ldns_pkt2buffer_wire(buffer, self.packet) == LDNS_STATUS_OK else { throw .tooLarge }
        let count = ldns_buffer_position(buffer)
        guard count <= Int(LDNS_MAX_PACKETLEN) else { throw .tooLarge }
        return [UInt8](UnsafeRawBufferPointer(start: ldns_buffer_begin(buffer), count: count))
    }

    private static func make(opcode: ldns_pkt_opcode) throws(UpdateError) -> UnsafeMutablePointer<ldns_pkt> {
        guard let packet = ldns_pkt_new() else { throw .tooLarge }
        ldns_pkt_set_id(packet, UInt16.random(in: .min ... .max))
        ldns_pkt_set_opcode(packet, opcode)
        return packet
    }

    private static func record(_ record: UpdateRecord) throws(UpdateError) -> UnsafeMutablePointer<ldns_rr> {
        var made: UnsafeMutablePointer<ldns_rr>?
        let line = record.description
        guard !line.utf8.contains(where: { $0 < 0x20 }),
            ldns_rr_new_frm_str(&made, line, 0, nil, nil) == LDNS_STATUS_OK,
            let made
        else { throw .invalidRecord(line) }
        return made
    }

    /// A record without data: a question, the zone, or "there is none".
    private static func bare(
        _ name: String,
        type: ldns_rr_type,
        class: ldns_rr_class,
        isQuestion: Bool = false
    ) throws(UpdateError) -> UnsafeMutablePointer<ldns_rr> {
        guard let owner = ldns_dname_new_frm_str(name + "."), let made = ldns_rr_new() else {
            throw .invalidRecord(name)
        }
        ldns_rr_set_owner(made, owner)
        ldns_rr_set_type(made, type)
        ldns_rr_set_class(made, `class`)
        ldns_rr_set_ttl(made, 0)
        ldns_rr_set_question(made, isQuestion ? 1 : 0)
        return made
    }
}
