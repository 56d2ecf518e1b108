import Foundation

/// What a peer that calls us may do wrong.
extension MisbehaviourTests {
    /// What a peer that calls us does wrong, and the stream errors one of which must end it; nil stands for an end without one.
    struct Misdeed: Sendable {
        let name: String
        var certificate = Matrix.Certificate.good
        /// Whether it is done inside TLS.
        var needsTLS = false
        /// The method that the misdeed is a use of: it is none where a row allows it.
        var uses: Matrix.Method?
        let errors: Set<String?>
        /// What it says and waits for; a stanza always comes last.
        let moves: @Sendable (_ domain: String) -> [MisbehavingCaller.Move]

        func domain(_ row: Matrix.Row) -> String { "r\(row.number)-\(self.name).peer.example" }

        /// Where a row offers no TLS, `<starttls/>` is refused; where it leaves no method, the stream ends at the features.
        func errors(_ row: Matrix.Row) -> Set<String?> {
            guard self.needsTLS, !row.offersTLS else { return self.errors }
            return row.methods.isEmpty ? ["not-authorized"] : [nil]
        }

        func script(_ domain: String) -> [MisbehavingCaller.Move] {
            [.say(Matrix.header(from: domain))] + self.moves(domain) + [.say(Matrix.stanza(from: domain))]
        }
    }

    private static let features = MisbehavingCaller.Move.hear("</stream:features>")

    /// To the features inside TLS, where the row offers TLS; else the script stops here, and so does the stream.
    private static func tls(_ domain: String) -> [MisbehavingCaller.Move] {
        Self.handshake + [.say(Matrix.header(from: domain)), Self.features]
    }

    private static let handshake: [MisbehavingCaller.Move] = [
        Self.features, .say(Matrix.startTLS), .hear("<proceed"), .hear("/>"), .startTLS,
    ]

    private static func sayOnceSecured(_ text: String) -> @Sendable (String) -> [MisbehavingCaller.Move] {
        { domain in Self.tls(domain) + [.say(text)] }
    }

    static let misdeeds: [Misdeed] = [
        Misdeed(name: "stanza-first", errors: ["not-authorized"]) { _ in [] },
        Misdeed(name: "stanza-after-features", errors: ["not-authorized"]) { _ in [Self.features] },
        Misdeed(name: "sasl-in-clear", errors: ["not-authorized"]) { _ in [.say(Matrix.auth())] },
        Misdeed(name: "verdict-of-its-own", errors: ["not-authorized"]) { domain in
            [.say("<db:result from='\(domain)' to='\(Matrix.local)' type='valid'/>")]
        },
        Misdeed(name: "verify-of-its-own", errors: ["not-authorized"]) { domain in
            [.say("<db:verify from='\(domain)' to='\(Matrix.local)' id='1' type='valid'/>")]
        },
        Misdeed(name: "wrong-key", errors: ["not-authorized", nil]) { domain in
            [.say("<db:result from='\(domain)' to='\(Matrix.local)'>wrong</db:result>"), .hear("type=\"")]
        },
        Misdeed(name: "key-in-clear", uses: .tcpDialback, errors: ["not-authorized"]) { domain in
            [.say(Matrix.result(from: domain)), .hear("type=\"")]
        },
        Misdeed(name: "key-in-tls", needsTLS: true, uses: .tlsDialback, errors: ["not-authorized"]) { domain in
            Self.tls(domain) + [.say(Matrix.result(from: domain)), .hear("type=\"")]
        },
        Misdeed(name: "compression", errors: ["unsupported-stanza-type", "not-authorized"]) { _ in
            [.say("<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>")]
        },
        Misdeed(name: "bidi-in-clear", errors: ["unsupported-stanza-type", "not-authorized"]) { _ in
            [.say("<bidi xmlns='urn:xmpp:bidi'/>")]
        },
        Misdeed(name: "acknowledgements", errors: ["not-authorized"]) { _ in
            [.say("<enable xmlns='urn:xmpp:sm:3'/><r xmlns='urn:xmpp:sm:3'/>")]
        },
        Misdeed(name: "restart-in-clear", errors: ["not-authorized", "not-well-formed", "restricted-xml"]) { domain in
            [.say(Matrix.header(from: domain))]
        },
        Misdeed(name: "tls-and-clear-text", needsTLS: true, errors: [nil]) { domain in
            [Self.features, .say(Matrix.startTLS), .hear("<proceed"), .say(Matrix.header(from: domain))]
        },
        Misdeed(name: "tls-twice", needsTLS: true, errors: [nil], moves: Self.sayOnceSecured(Matrix.startTLS)),
        Misdeed(
            name: "external-without-certificate",
            certificate: .none,
            needsTLS: true,
            errors: ["not-authorized"],
            moves: Self.sayOnceSecured(Matrix.auth())
        ),
        Misdeed(
            name: "external-untrusted",
            certificate: .untrusted,
            needsTLS: true,
            errors: ["not-authorized"],
            moves: Self.sayOnceSecured(Matrix.auth())
        ),
        Misdeed(
            name: "external-expired",
            certificate: .expired,
            needsTLS: true,
            errors: ["not-authorized"],
            moves: Self.sayOnceSecured(Matrix.auth())
        ),
        Misdeed(
            name: "external-wrong-name",
            certificate: .wrongName,
            needsTLS: true,
            errors: ["not-authorized"],
            moves: Self.sayOnceSecured(Matrix.auth())
        ),
        Misdeed(
            name: "wrong-authzid",
            needsTLS: true,
            errors: ["not-authorized"],
            moves: Self.sayOnceSecured(Matrix.auth(Data("other.example".utf8).base64EncodedString()))
        ),
        Misdeed(
            name: "other-mechanism",
            needsTLS: true,
            errors: ["not-authorized"],
            moves: Self.sayOnceSecured(Matrix.auth().replacing("EXTERNAL", with: "PLAIN"))
        ),
        Misdeed(
            name: "response-to-nothing",
            needsTLS: true,
            errors: ["not-authorized"],
            moves: Self.sayOnceSecured("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>=</response>")
        ),
        Misdeed(
            name: "success-of-its-own",
            needsTLS: true,
            errors: ["not-authorized", "unsupported-stanza-type"],
            moves: Self.sayOnceSecured("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        ),
        Misdeed(name: "other-from-after-tls", needsTLS: true, errors: ["policy-violation"]) { _ in
            Self.handshake + [.say(Matrix.header(from: "other.peer.example"))]
        },
        Misdeed(name: "other-to-after-tls", needsTLS: true, errors: ["policy-violation"]) { domain in
            Self.handshake + [.say(Matrix.header(from: domain, to: "other.example"))]
        },
        Misdeed(name: "other-from-after-sasl", needsTLS: true, errors: ["policy-violation", "not-authorized"]) {
            domain in
            Self.tls(domain) + [
                .say(Matrix.auth()), .hear("<success"), .hear("/>"), .say(Matrix.header(from: "other.peer.example")),
            ]
        },
        Misdeed(name: "no-restart-after-sasl", needsTLS: true, errors: ["invalid-namespace", "not-authorized"]) {
            domain in
            Self.tls(domain) + [.say(Matrix.auth()), .hear("<success"), .hear("/>")]
        },
    ]
}
