import XML
import XMPPCore

extension XMLElement {
    /// An element as it is on the wire of a server-to-server stream.
    init(_ text: String) {
        do {
            let bytes = Array(
                "<r xmlns='jabber:server' xmlns:db='jabber:server:dialback' xmlns:stream='\(Namespace.stream)'>\(text)</r>"
                    .utf8
            )
            self = try XMLDocument.parse(bytes).elements[0]
        } catch {
            preconditionFailure("\(text): \(error)")
        }
    }
}

extension StreamRules {
    /// Row 1, 2, 8 of the negotiation table.
    static let externalOnly = StreamRules(
        allowsExternal: true,
        allowsDialbackOverTLS: false,
        allowsDialbackInClear: false
    )
    /// Row 7.
    static let externalOrDialback = StreamRules(
        allowsExternal: true,
        allowsDialbackOverTLS: true,
        allowsDialbackInClear: false
    )
    /// Rows 3 and 9.
    static let anything = StreamRules(allowsExternal: true, allowsDialbackOverTLS: true, allowsDialbackInClear: true)
    /// Row 13.
    static let dialbackOverTLS = StreamRules(
        allowsExternal: false,
        allowsDialbackOverTLS: true,
        allowsDialbackInClear: false
    )
    /// Row 17.
    static let dialbackInClear = StreamRules(
        allowsExternal: false,
        allowsDialbackOverTLS: false,
        allowsDialbackInClear: true
    )
}

let pair = DomainPair(local: "sip.example", remote: "partner.example")
let otherPair = DomainPair(local: "sip.example", remote: "other.example")

/// What a peer's elements look like.
enum Wire {
    static let startTLS = XMLElement("<starttls xmlns='\(Namespace.tls)'/>")
    static let proceed = XMLElement("<proceed xmlns='\(Namespace.tls)'/>")
    static let auth = XMLElement("<auth xmlns='\(Namespace.sasl)' mechanism='EXTERNAL'>=</auth>")
    static let success = XMLElement("<success xmlns='\(Namespace.sasl)'/>")
    static let message = XMLElement(
        "<message from='romeo@partner.example/x' to='juliet@sip.example'><body>hi</body></message>"
    )
    static let stanza = Stanza(
        .message,
        from: try? JID(parsing: "romeo@partner.example/x"),
        to: try? JID(parsing: "juliet@sip.example"),
        children: [XMLElement("body", namespace: Namespace.server, text: "hi")]
    )
    static let result = XMLElement("<db:result from='partner.example' to='sip.example'>key</db:result>")
    static let verify = XMLElement("<db:verify from='partner.example' to='sip.example' id='out1'>key</db:verify>")
    static let valid = XMLElement("<db:result from='sip.example' to='partner.example' type='valid'/>")
    static let request = XMLElement("<r xmlns='\(Namespace.streamManagement)'/>")
    static func acknowledged(_ h: Int) -> XMLElement {
        XMLElement("<a xmlns='\(Namespace.streamManagement)' h='\(h)'/>")
    }
}
