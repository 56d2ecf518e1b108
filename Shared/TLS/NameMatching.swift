extension CertificateNames {
    /// Whether these names hold `domain` as a provider of `service`: a dNSName (with wildcard), an SRVName of that
    /// service, or, for `xmpp-server`, an XmppAddr
    /// ([RFC 6120 §13.7.2.1](https://www.rfc-editor.org/rfc/rfc6120#section-13.7.2.1),
    /// [RFC 9525 §6](https://www.rfc-editor.org/rfc/rfc9525#section-6)).
    ///
    /// `domain` is in A-label form; case does not matter.
    public func match(domain: String, service: String) -> Bool {
        guard let domain = DomainName(domain) else { return false }
        if self.dnsNames.contains(where: { domain.matches(presented: $0) }) { return true }
        if self.srvNames.contains("_\(service.asciiLowercased).\(domain.text)") { return true }
        return service == "xmpp-server" && self.xmppAddresses.contains { $0.asciiLowercased == domain.text }
    }

    /// Whether these names hold the host `name`: a dNSName, or an iPAddress if `name` is an address.
    public func match(host name: String) -> Bool {
        if let domain = DomainName(name) { return self.dnsNames.contains { domain.matches(presented: $0) } }
        return self.ipAddresses.contains(name.asciiLowercased)
    }

    /// The SIP domains that these names prove, in lower case: the hosts of `sip:` URIs without a user, and where there is none of them the
    /// dNSNames ([RFC 5922 §7.1](https://www.rfc-editor.org/rfc/rfc5922#section-7.1)).
    ///
    /// A name with a wildcard is the name of nobody (§7.2).
    public var sipDomains: [String] {
        let hosts = self.sipHosts
        return hosts.isEmpty ? self.dnsNames.filter { !$0.hasPrefix("*") } : hosts
    }

    /// The hosts of `sip:` URIs without a user; `sips:` URIs prove nothing.
    public var sipHosts: [String] { self.uris.compactMap { Self.host(ofSIPURI: $0) } }

    /// Whether these names hold `domain` as a SIP domain ([RFC 5922 §7.2](https://www.rfc-editor.org/rfc/rfc5922#section-7.2)).
    public func match(sipDomain domain: String) -> Bool {
        guard let domain = DomainName(domain) else { return false }
        return self.sipDomains.contains(domain.text)
    }

    /// Whether these names hold the SIP server `host`, which an administrator has named: a dNSName, the host of a `sip:` URI, or an iPAddress
    /// if it is an address.
    ///
    /// No wildcards: RFC 5922 §7.2, and Microsoft's servers do not take them either. A server whose certificate names its domain by a URI goes on
    /// being itself by its dNSName.
    public func match(sipServer host: String) -> Bool {
        guard let domain = DomainName(host) else { return self.match(host: host) }
        return self.dnsNames.contains(domain.text) || self.sipHosts.contains(domain.text)
    }

    /// `example.com` of `sip:example.com:5061;transport=tls`: only the host is compared (RFC 5922 §7.2).
    private static func host(ofSIPURI uri: String) -> String? {
        guard uri.asciiLowercased.hasPrefix("sip:"), !uri.utf8.contains(UInt8(ascii: "@")) else { return nil }
        let host = uri.utf8.dropFirst(4).prefix { !":;?".utf8.contains($0) }
        return Substring(host).isEmpty ? nil : Substring(host).asciiLowercased
    }
}

/// A domain name to look for in certificates: host name labels in lower case, no final dot, not an IPv4 address.
struct DomainName: Hashable {
    let text: String

    init?(_ name: String) {
        var text = name.asciiLowercased
        if text.utf8.last == UInt8(ascii: ".") { text.removeLast() }
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard text.utf8.count <= 253, labels.allSatisfy({ Self.isLabel($0) }) else { return nil }
        // A name cannot end in a label of digits only, so this is an address (RFC 1123 § 2.1).
        guard let last = labels.last, !last.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        self.text = text
    }

    /// Whether the name `presented` in a certificate stands for this domain.
    ///
    /// `*` is honoured only as the whole left-most label, stands for exactly one label, and not directly under a
    /// top-level domain ([RFC 9525 §6.3](https://www.rfc-editor.org/rfc/rfc9525#section-6.3)).
    func matches(presented: String) -> Bool {
        guard presented.utf8.first == UInt8(ascii: "*") else { return presented == self.text }
        guard presented.hasPrefix("*."), let dot = self.text.utf8.firstIndex(of: UInt8(ascii: ".")) else {
            return false
        }
        let parent = self.text[self.text.index(after: dot)...]
        return parent.utf8.contains(UInt8(ascii: ".")) && presented.dropFirst(2) == parent
    }

    private static func isLabel(_ label: Substring.UTF8View.SubSequence) -> Bool {
        (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
            && label.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default:
                    false
                }
            }
    }
}

extension StringProtocol {
    /// The text with A to Z in lower case and all else as it is: names in certificates are ASCII.
    var asciiLowercased: String {
        String(decoding: self.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
