public import Messaging
public import SIPCore
internal import XMPPCore

extension Address {
    /// The address that a SIP URI names ([RFC 7247 §6.4](https://www.rfc-editor.org/rfc/rfc7247#section-6.4)).
    ///
    /// The user's name is brought into XMPP's form at once (step 6): `Romeo` and `romeo` are one user to policy,
    /// subscriptions and the XMPP side alike, and a name that no JID can have is refused where it comes in. A `gr`
    /// without a value marks a temporary GRUU, which is no device's name
    /// ([§6.3](https://www.rfc-editor.org/rfc/rfc7247#section-6.3)).
    public init(_ uri: SIPURI) throws(AddressError) {
        let user: String? = if let raw = uri.rawUser { try Self.decode(raw) } else { nil }
        let device: String? = if let raw = uri.parameter("gr")?.value { try Self.decode(raw) } else { nil }
        try self.init(JID(Address(user: user, domain: uri.host, instance: device)))
    }

    /// The address of a From, To or Contact.
    ///
    /// `im:` and `pres:` URIs name the same users as `sip:` URIs do
    /// ([RFC 7247 §6.1](https://www.rfc-editor.org/rfc/rfc7247#section-6.1)).
    public init(_ uri: NameAddress.URI) throws(AddressError) {
        switch uri {
        case .sip(let uri): try self.init(uri)
        case .other(let text): try self.init(otherURI: text)
        }
    }

    /// The address of a Request-URI.
    public init(_ target: Request.Target) throws(AddressError) {
        switch target {
        case .sip(let uri): try self.init(uri)
        case .other(let text): try self.init(otherURI: text)
        }
    }

    private init(otherURI text: String) throws(AddressError) {
        let scheme = text.prefix { $0 != ":" }
        guard ["im", "pres"].contains(scheme.lowercased()),
            let uri = try? SIPURI(parsing: "sip" + text.dropFirst(scheme.count))
        else { throw .unsupportedScheme }
        try self.init(uri)
    }

    private static func decode(_ text: String) throws(AddressError) -> String {
        guard let decoded = PercentEncoding.decode(text) else { throw .malformedEscape }
        return decoded
    }
}

extension SIPURI {
    /// The URI that names an address, its device as `gr` ([RFC 7247 §6.5](https://www.rfc-editor.org/rfc/rfc7247#section-6.5)).
    public init(_ address: Address) {
        self.init(
            .sip,
            user: address.user,
            host: address.domain,
            parameters: address.instance.map { [Parameter("gr", PercentEncoding.encodeParameter($0))] } ?? []
        )
    }
}
