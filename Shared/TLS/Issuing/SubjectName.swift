internal import COpenSSL

/// The subject of a certificate, by the fields of the request wizard (SPEC §8).
public struct SubjectName: Equatable, Sendable {
    /// The server's FQDN, or the pool's.
    public var commonName: String
    public var organization: String
    public var organizationalUnit: String
    public var locality: String
    public var state: String
    /// Two letters, ISO 3166.
    public var country: String

    public init(
        commonName: String,
        organization: String = "",
        organizationalUnit: String = "",
        locality: String = "",
        state: String = "",
        country: String = ""
    ) {
        self.commonName = commonName
        self.organization = organization
        self.organizationalUnit = organizationalUnit
        self.locality = locality
        self.state = state
        self.country = country
    }

    /// Attribute types and values in the order of a distinguished name, the largest unit first; empty ones left out.
    var attributes: [(type: String, value: String)] {
        [
            ("C", self.country), ("ST", self.state), ("L", self.locality), ("O", self.organization),
            ("OU", self.organizationalUnit), ("CN", self.commonName),
        ].filter { !$0.1.isEmpty }
    }

    /// Writes the attributes into an empty `X509_NAME`.
    func write(into name: OpaquePointer) throws(IssuingError) {
        for (type, value) in self.attributes {
            // CN is limited to 64 characters (RFC 5280 appendix A); the names that count are in the SANs, so a longer one is left out.
            if type == "CN" && value.utf8.count > 64 { continue }
            let bytes = Array(value.utf8)
            let result = X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, bytes, CInt(bytes.count), -1, 0)
            guard result == 1 else {
                ERR_clear_error()
                throw .invalidField(type)
            }
        }
    }
}

extension SubjectName: CustomStringConvertible {
    public var description: String {
        self.attributes.map { "\($0.type)=\($0.value)" }.joined(separator: ", ")
    }
}
