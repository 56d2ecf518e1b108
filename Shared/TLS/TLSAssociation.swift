internal import COpenSSL

/// What a domain publishes of a server's certificate or key: the data of a TLSA record
/// ([RFC 6698 §2.1](https://www.rfc-editor.org/rfc/rfc6698#section-2.1)).
public struct TLSAssociation: Sendable, Hashable {
    /// The certificate usage, 0 to 3; others are unusable.
    public var usage: UInt8
    /// 0: the whole certificate, 1: its public key.
    public var selector: UInt8
    /// 0: as it is, 1: SHA-256, 2: SHA-512.
    public var matchingType: UInt8
    public var data: [UInt8]

    public init(usage: UInt8, selector: UInt8, matchingType: UInt8, data: [UInt8]) {
        self.usage = usage
        self.selector = selector
        self.matchingType = matchingType
        self.data = data
    }
}

/// By which kind of TLSA record a peer's chain was found good
/// ([RFC 7218](https://www.rfc-editor.org/rfc/rfc7218), [RFC 7671 §5](https://www.rfc-editor.org/rfc/rfc7671#section-5)).
public enum DANEUsage: UInt8, Sendable, Hashable, CaseIterable {
    /// PKIX-TA(0): an authority of the chain, which leads to a trust root as well.
    case authorityConstraint = 0
    /// PKIX-EE(1): the certificate itself, which leads to a trust root as well.
    case endEntityConstraint = 1
    /// DANE-TA(2): an authority of the chain, which need not be trusted otherwise.
    case trustAnchor = 2
    /// DANE-EE(3): the certificate itself, whatever it says of names and dates.
    case endEntity = 3
}

extension TLSSession {
    /// More than anybody publishes for one port.
    private static let maximumAssociations = 32

    /// Demands that the server's certificate match one of `associations`, where any of them is usable.
    ///
    /// Names are the caller's business, as everywhere here, so OpenSSL is given none to compare.
    func demand(_ associations: [TLSAssociation], in session: OpaquePointer) throws(TLSError) {
        guard !associations.isEmpty else { return }
        guard SSL_dane_enable(session, nil) > 0 else { throw .last(in: "SSL_dane_enable") }
        SSL_dane_set_flags(session, UInt(DANE_FLAG_NO_DANE_EE_NAMECHECKS))
        for association in associations.prefix(Self.maximumAssociations) {
            // 0 and below: unusable, or damaged; such a record counts as not there (RFC 7671 § 4, RFC 6698 § 4.1).
            let result = SSL_dane_tlsa_add(
                session,
                association.usage,
                association.selector,
                association.matchingType,
                association.data,
                association.data.count
            )
            if result <= 0 { ERR_clear_error() }
        }
    }
}
