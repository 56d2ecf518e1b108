internal import Messaging
internal import SIPCore
internal import XMPPCore

extension Address {
    /// `xmpp:romeo@example.net`: how an XMPP error says where somebody is now
    /// ([RFC 6120 §8.3.3.5](https://www.rfc-editor.org/rfc/rfc6120#section-8.3.3.5)).
    var xmppURI: String? {
        guard let jid = try? JID(self.bare) else { return nil }
        let local = jid.local.map { PercentEncoding.encodeUser($0) + "@" }
        return "xmpp:" + (local ?? "") + jid.domain
    }

    /// Reads what a peer gives as an address: an `xmpp:` URI, a JID without the scheme as RFC 3920 had it, a SIP URI.
    init?(alternative text: String) {
        let text = text.trimmed
        if let uri = try? SIPURI(parsing: text) {
            try? self.init(uri)
            return
        }
        let hasScheme = text.prefix(5).lowercased() == "xmpp:"
        let path = (hasScheme ? text.dropFirst(5) : text[...]).prefix { $0 != "?" && $0 != "#" }
        let decoded = hasScheme ? PercentEncoding.decode(path) : String(path)
        guard let decoded, let jid = try? JID(parsing: decoded) else { return nil }
        try? self.init(jid)
    }
}
