internal import COpenSSL
internal import Glibc

/// The names a certificate is good for: those of its subjectAltName extension, and never the common name
/// ([RFC 9525 §2](https://www.rfc-editor.org/rfc/rfc9525#section-2)).
///
/// A name with a NUL, a space or anything else that its kind does not allow is left out, not shortened.
public struct CertificateNames: Hashable, Sendable {
    /// dNSName, in lower case; the left-most label may be `*`.
    public var dnsNames: [String] = []
    /// SRVName, `_service.domain` in lower case ([RFC 4985](https://www.rfc-editor.org/rfc/rfc4985)).
    public var srvNames: [String] = []
    /// XmppAddr ([RFC 6120 §13.7.1.4](https://www.rfc-editor.org/rfc/rfc6120#section-13.7.1.4)).
    public var xmppAddresses: [String] = []
    /// uniformResourceIdentifier, as written.
    public var uris: [String] = []
    /// iPAddress, as text.
    public var ipAddresses: [String] = []

    public init() {}

    /// More names than any real certificate has; those after them are not looked at.
    public static let maximumCount = 20_000
}

extension Certificate {
    /// The names of the subjectAltName extension.
    public var names: CertificateNames {
        var names = CertificateNames()
        // nil if there is no such extension, or more than one, which is not allowed (RFC 5280 § 4.2).
        guard let extensionValue = X509_get_ext_d2i(self.handle, NID_subject_alt_name, nil, nil) else { return names }
        let list = OpaquePointer(extensionValue)
        defer { GENERAL_NAMES_free(list) }
        for index in 0..<min(isthmus_sk_GENERAL_NAME_num(list), CInt(CertificateNames.maximumCount)) {
            if let name = isthmus_sk_GENERAL_NAME_value(list, index) { names.add(name) }
        }
        return names
    }
}

extension CertificateNames {
    fileprivate mutating func add(_ name: UnsafeMutablePointer<GENERAL_NAME>) {
        var type: CInt = 0
        guard let value = GENERAL_NAME_get0_value(name, &type) else { return }
        switch type {
        case GEN_DNS:
            if let text = Self.hostName(Self.bytes(OpaquePointer(value))) { self.dnsNames.append(text) }
        case GEN_URI:
            if let text = Self.printable(Self.bytes(OpaquePointer(value))) { self.uris.append(text) }
        case GEN_IPADD:
            if let text = Self.ipAddress(Self.bytes(OpaquePointer(value))) { self.ipAddresses.append(text) }
        case GEN_OTHERNAME:
            self.addOther(name)
        default:
            break  // directory names, mail addresses and the like name no service
        }
    }

    private mutating func addOther(_ name: UnsafeMutablePointer<GENERAL_NAME>) {
        var identifier: OpaquePointer?
        var value: UnsafeMutablePointer<ASN1_TYPE>?
        guard GENERAL_NAME_get0_otherName(name, &identifier, &value) == 1, let value else { return }
        let type = value.pointee.type
        guard type == V_ASN1_IA5STRING || type == V_ASN1_UTF8STRING, let string = value.pointee.value.asn1_string else {
            return
        }
        let bytes = Self.bytes(OpaquePointer(string))
        switch OBJ_obj2nid(identifier) {
        case NID_SRVName where type == V_ASN1_IA5STRING:
            if let text = Self.hostName(bytes) { self.srvNames.append(text) }
        case NID_XmppAddr where type == V_ASN1_UTF8STRING:
            if let text = Self.text(bytes) { self.xmppAddresses.append(text) }
        default:
            break
        }
    }

    private static func bytes(_ string: OpaquePointer) -> UnsafeBufferPointer<UInt8> {
        let string = UnsafePointer<ASN1_STRING>(string)
        return UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string)))
    }

    /// Letters, digits, hyphen, underscore, dot and `*`, in lower case; at most 255 bytes; nil if there is anything else.
    private static func hostName(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard (1...255).contains(bytes.count) else { return nil }
        var lowered: [UInt8] = []
        lowered.reserveCapacity(bytes.count)
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "*"):
                lowered.append(byte)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                lowered.append(byte | 0x20)
            default:
                return nil
            }
        }
        return String(decoding: lowered, as: UTF8.self)
    }

    private static func printable(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard (1...2048).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Well-formed UTF-8 without control characters, as long as a JID may be.
    private static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard (1...3071).contains(bytes.count), bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func ipAddress(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        let family: CInt
        switch bytes.count {
        case 4: family = AF_INET
        case 16: family = AF_INET6
        default: return nil
        }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            inet_ntop(family, bytes.baseAddress, text.baseAddress, socklen_t(text.count)).map { String(cString: $0) }
        }
    }
}
