internal import COpenSSL

/// How much the revocation lists of authorities count when a peer's chain is verified.
public enum RevocationMode: String, Sendable, Hashable, CaseIterable {
    /// They are not looked at.
    case off
    /// What a list says is revoked is refused; a list that is missing or stale is no reason to refuse.
    case soft
    /// Every certificate below the trust root needs a list of its issuer that is valid now.
    case hard
}

/// A certificate revocation list ([RFC 5280 §5](https://www.rfc-editor.org/rfc/rfc5280#section-5)).
///
/// Sendable for the reason ``Certificate`` is.
public final class RevocationList: Sendable {
    nonisolated(unsafe) let handle: OpaquePointer  // never changed after init

    /// Takes ownership of `handle`.
    init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { X509_CRL_free(self.handle) }

    /// Reads one list in DER.
    public convenience init(der: [UInt8]) throws(IssuingError) {
        let handle = der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return d2i_X509_CRL(nil, &start, buffer.count)
        }
        guard let handle else {
            ERR_clear_error()
            throw .malformed("revocation list")
        }
        self.init(owning: handle)
    }

    /// Reads the lists in `data`: one in DER, or all of a PEM file; at least one.
    public static func lists(data: [UInt8]) throws(IssuingError) -> [RevocationList] {
        guard Self.isPEM(data) else { return [try RevocationList(der: data)] }
        let lists = try MemoryBIO.reading(data) { bio throws(IssuingError) in
            var lists: [RevocationList] = []
            while let handle = PEM_read_bio_X509_CRL(bio, nil, refusePassphrase, nil) {
                lists.append(RevocationList(owning: handle))
            }
            let isEnd = isthmus_ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
            ERR_clear_error()
            guard isEnd else { throw .malformed("revocation list") }
            return lists
        }
        guard !lists.isEmpty else { throw .malformed("revocation list") }
        return lists
    }

    /// Whether `data` holds lists, and not certificates.
    public static func isContained(in data: [UInt8]) -> Bool {
        if Self.isPEM(data) { return String(decoding: data, as: UTF8.self).contains("-----BEGIN X509 CRL-----") }
        return (try? RevocationList(der: data)) != nil
    }

    private static func isPEM(_ data: [UInt8]) -> Bool { String(decoding: data, as: UTF8.self).contains("-----BEGIN ") }

    public func der() throws(IssuingError) -> [UInt8] {
        try MemoryBIO.collect("i2d_X509_CRL_bio") { bio throws(IssuingError) in i2d_X509_CRL_bio(bio, self.handle) }
    }
}

extension RevocationList {
    /// The distinguished name of the authority, for people.
    public var issuer: String { Certificate.text(of: X509_CRL_get_issuer(self.handle)) }

    /// When it was made, in seconds since 1970.
    public var thisUpdate: Int64 { Certificate.seconds(X509_CRL_get0_lastUpdate(self.handle)) }

    /// When the next one is due at the latest, in seconds since 1970; nil if the list does not say.
    public var nextUpdate: Int64? { X509_CRL_get0_nextUpdate(self.handle).map { Certificate.seconds($0) } }

    /// What it is the list of: lists with the same scope replace each other.
    ///
    /// The issuer's name, and the part of its certificates that the list is about, where it is not about all
    /// ([RFC 5280 §5.2.5](https://www.rfc-editor.org/rfc/rfc5280#section-5.2.5)); SHA-256, in hexadecimal.
    public var scope: String {
        var bytes: [UInt8] = []
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509_NAME(X509_CRL_get_issuer(self.handle), &encoded)
        if let encoded, count > 0 { bytes += UnsafeBufferPointer(start: encoded, count: Int(count)) }
        CRYPTO_free(encoded, nil, 0)
        for identifier in [NID_authority_key_identifier, NID_issuing_distribution_point, NID_delta_crl] {
            let index = X509_CRL_get_ext_by_NID(self.handle, identifier, -1)
            guard index >= 0, let found = X509_CRL_get_ext(self.handle, index),
                let value = X509_EXTENSION_get_data(found)
            else { continue }
            let string = UnsafePointer<ASN1_STRING>(OpaquePointer(value))
            bytes += UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string)))
        }
        return bytes.withUnsafeBytes { Digest.sha256($0) }
    }

    /// Whether `authority` has made it: its name, its key, and its right to sign lists.
    public func isIssued(by authority: Certificate) -> Bool {
        guard X509_NAME_cmp(X509_CRL_get_issuer(self.handle), X509_get_subject_name(authority.handle)) == 0,
            // Without the extension a key may do everything; the call says so with all bits.
            X509_get_key_usage(authority.handle) & UInt32(KU_CRL_SIGN) != 0
        else { return false }
        defer { ERR_clear_error() }
        return X509_CRL_verify(self.handle, X509_get0_pubkey(authority.handle)) == 1
    }
}

extension Certificate {
    /// Where its authority publishes its revocation list: the `http` addresses of the extension cRLDistributionPoints
    /// ([RFC 5280 §4.2.1.13](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.13)).
    public var revocationListAddresses: [String] {
        guard let value = X509_get_ext_d2i(self.handle, NID_crl_distribution_points, nil, nil) else { return [] }
        let points = OpaquePointer(value)
        defer { CRL_DIST_POINTS_free(points) }
        var addresses: [String] = []
        for index in 0..<min(isthmus_sk_DIST_POINT_num(points), Self.maximumDistributionPoints) {
            guard let name = isthmus_sk_DIST_POINT_value(points, index)?.pointee.distpoint, name.pointee.type == 0
            else {
                continue
            }
            let names = name.pointee.name.fullname
            for inner in 0..<min(isthmus_sk_GENERAL_NAME_num(names), Self.maximumDistributionPoints) {
                var type: CInt = 0
                guard let entry = isthmus_sk_GENERAL_NAME_value(names, inner),
                    let uri = GENERAL_NAME_get0_value(entry, &type), type == GEN_URI
                else { continue }
                let string = UnsafePointer<ASN1_STRING>(OpaquePointer(uri))
                let bytes = UnsafeBufferPointer(
                    start: ASN1_STRING_get0_data(string),
                    count: Int(ASN1_STRING_length(string))
                )
                guard (8...2048).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                    continue
                }
                let text = String(decoding: bytes, as: UTF8.self)
                if text.asciiLowercased.hasPrefix("http://") { addresses.append(text) }
            }
        }
        return addresses
    }

    /// More than any authority has.
    private static let maximumDistributionPoints: CInt = 8
}
