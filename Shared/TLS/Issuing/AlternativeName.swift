internal import COpenSSL

/// A subject alternative name to be written ([RFC 5280 §4.2.1.6](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6));
/// ``CertificateNames`` are those that were read.
public enum AlternativeName: Equatable, Hashable, Sendable {
    /// A dNSName, as an A-label.
    case dns(String)
    /// An iPAddress.
    case address(String)
    /// An id-on-xmppAddr ([RFC 6120 §13.7.1.4](https://www.rfc-editor.org/rfc/rfc6120#section-13.7.1.4)).
    ///
    /// COMPAT(ejabberd 23.01): drops a stream whose certificate has one, so it is written only when asked for.
    case xmppAddress(String)
    /// An SRVName, `_xmpp-server.example.com` ([RFC 4985](https://www.rfc-editor.org/rfc/rfc4985)).
    case service(String)

    private static let xmppAddressIdentifier = "1.3.6.1.5.5.7.8.5"
    private static let serviceNameIdentifier = "1.3.6.1.5.5.7.8.7"

    /// Makes the name for a certificate; the caller owns it.
    func makeGeneralName() throws(IssuingError) -> UnsafeMutablePointer<GENERAL_NAME> {
        let name = try IssuingError.unwrap(GENERAL_NAME_new(), "GENERAL_NAME_new")
        do throws(IssuingError) {
            switch self {
            case .dns(let host):
                let value = try Self.string(host, type: V_ASN1_IA5STRING, field: "dNSName")
                GENERAL_NAME_set0_value(name, GEN_DNS, value)
            case .address(let address):
                guard let octets = a2i_IPADDRESS(address) else { throw .invalidField("iPAddress \(address)") }
                GENERAL_NAME_set0_value(name, GEN_IPADD, octets)
            case .xmppAddress(let address):
                try Self.setOther(name, Self.xmppAddressIdentifier, address, V_ASN1_UTF8STRING)
            case .service(let service):
                try Self.setOther(name, Self.serviceNameIdentifier, service, V_ASN1_IA5STRING)
            }
            return name
        } catch {
            GENERAL_NAME_free(name)
            throw error
        }
    }

    private static func setOther(
        _ name: UnsafeMutablePointer<GENERAL_NAME>,
        _ identifier: String,
        _ text: String,
        _ type: CInt
    ) throws(IssuingError) {
        let string = try self.string(text, type: type, field: "otherName")
        let value = try IssuingError.unwrap(ASN1_TYPE_new(), "ASN1_TYPE_new")
        ASN1_TYPE_set(value, type, string)
        try IssuingError.check(
            GENERAL_NAME_set0_othername(name, OBJ_txt2obj(identifier, 1), value),
            "GENERAL_NAME_set0_othername"
        )
    }

    private static func string(
        _ text: String,
        type: CInt,
        field: String
    ) throws(IssuingError) -> UnsafeMutablePointer<ASN1_STRING> {
        let bytes = Array(text.utf8)
        let isPlain = bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard !bytes.isEmpty, isPlain || type == V_ASN1_UTF8STRING else { throw .invalidField("\(field) \(text)") }
        let string = try IssuingError.unwrap(ASN1_STRING_type_new(type), "ASN1_STRING_type_new")
        ASN1_STRING_set(string, bytes, CInt(bytes.count))
        return string
    }
}

extension AlternativeName: CustomStringConvertible {
    public var description: String {
        switch self {
        case .dns(let name): name
        case .address(let address): address
        case .xmppAddress(let address): "xmppAddr:\(address)"
        case .service(let name): "SRVName:\(name)"
        }
    }
}
