import Messaging
import Policy
import Testing
import Wire
import XML
import XMPPCore

@testable import XMPPEdge

/// What is told of a stream, from the transcript of the very machine that negotiates it.
@Suite("A stream to a partner, told step by step")
struct StreamWalkTests {
    private static let pair = DomainPair(local: "sip.example", remote: "xmpp.example")
    private static let security = StreamWalk.Security(
        words: "TLSv1.3 with AES",
        certificate: "CN=x, issued by CN=y, for xmpp.example",
        verdict: .valid
    )

    /// One walk, and what is done to it.
    private struct Play {
        var walk: StreamWalk
        var machine: OutboundStream

        init(external: Bool = true, dialback: Bool = true, clear: Bool = false, hasCertificate: Bool = true) {
            let rules = StreamRules(
                allowsExternal: external,
                allowsDialbackOverTLS: dialback,
                allowsDialbackInClear: clear
            )
            self.walk = StreamWalk(
                pair: StreamWalkTests.pair,
                rules: rules,
                partner: "partner.example",
                hasCertificate: hasCertificate
            )
            self.machine = OutboundStream(
                pair: StreamWalkTests.pair,
                purpose: .traffic,
                configuration: .init(rules: rules, hasCertificate: hasCertificate)
            )
            self.walk.handle(.found(["_xmpp-server._tcp → a.example:5269"]))
            self.walk.handle(.resolved(host: "a.example", addresses: ["192.0.2.1"], associations: 0))
            self.walk.handle(.connected(address: "192.0.2.1", port: 5269, isDirectTLS: false))
            self.feed(.started(directTLS: nil))
        }

        mutating func feed(_ events: OutboundStream.Event...) {
            for event in events {
                var actions: [OutboundStream.Action] = []
                self.machine.handle(event, into: &actions)
                self.walk.handle(.machine(event, actions))
                for case .disconnect(let end) in actions {
                    self.walk.handle(.failed(.init(reason: end.reason, words: end.description, end: end)))
                }
            }
        }

        /// The peer's header and features.
        mutating func stream(_ change: (inout StreamFeatures) -> Void) {
            var features = StreamFeatures()
            change(&features)
            self.feed(
                .opened(StreamHeader(from: "xmpp.example", to: "sip.example", id: "s", version: "1.0", language: "en")),
                .element(features.element, isLast: true)
            )
        }

        /// TLS, with a certificate that comes to this.
        mutating func secure(_ verdict: CertificateVerdict = .valid) {
            self.stream { $0.startTLS = .required }
            self.feed(.element(XMLElement("proceed", namespace: Namespace.tls), isLast: true))
            var security = StreamWalkTests.security
            security.verdict = verdict
            self.walk.handle(.secured(security))
            self.feed(.secured(verdict))
        }

        var outcomes: [String] { self.walk.steps.map { "\($0.name) \($0.outcome.rawValue)" } }
    }

    private static func dialback(_ type: String) -> XMLElement {
        XMLElement(
            "result",
            namespace: Namespace.dialback,
            attributes: [.init("from", "xmpp.example"), .init("to", "sip.example"), .init("type", type)]
        )
    }

    @Test("A good stream: each step is good, and the last one says by what it was proven")
    func good() {
        var play = Play()
        play.secure()
        play.stream { $0.mechanisms = ["EXTERNAL"] }
        play.feed(.element(XMLElement("success", namespace: Namespace.sasl), isLast: true))
        #expect(!play.walk.isReady)
        play.stream { $0.acknowledgements = true }
        #expect(
            play.outcomes == [
                "DNS good", "address good", "connection good", "offers good", "TLS good", "certificate good",
                "offers good", "authentication good", "offers good", "stream good",
            ]
        )
        #expect(play.walk.isReady && play.walk.steps.last?.text.contains("proven by SASL EXTERNAL") == true)
    }

    @Test(
        "A refused certificate of ours: dialback where the rules leave it, as a warning; else it is bad",
        arguments: [true, false]
    )
    func refused(leavesDialback: Bool) throws {
        var play = Play(dialback: leavesDialback)
        play.secure()
        play.stream { $0.mechanisms = ["EXTERNAL"] }
        let refusal = XMLElement(
            "failure",
            namespace: Namespace.sasl,
            elements: [XMLElement("not-authorized", namespace: Namespace.sasl)]
        )
        play.feed(.element(refusal, isLast: true))
        let step = try #require(play.walk.steps.last { $0.name == "authentication" })
        #expect(step.text.contains("not-authorized") && step.reason == .authenticationFailed)
        #expect(step.outcome == (leavesDialback ? .warning : .bad) && !step.remedy.isEmpty)
        guard leavesDialback else { return }
        play.feed(.keyMade("k"))
        #expect(play.walk.expectation.contains("calls back"))
        play.feed(.element(Self.dialback("valid"), isLast: true))
        #expect(play.walk.isReady && play.outcomes.suffix(2) == ["dialback good", "stream good"])
    }

    @Test("Dialback that the peer does not believe is bad, with where to look")
    func dialbackFails() {
        var play = Play(external: false)
        play.secure(.invalid("nobody vouches for it"))
        #expect(play.outcomes.last == "certificate warning")
        play.stream { $0.dialback = true }
        play.feed(.keyMade("k"), .element(Self.dialback("invalid"), isLast: true))
        let step = play.walk.steps.last
        #expect(step?.name == "dialback" && step?.outcome == .bad && step?.reason == .dialbackFailed)
        #expect(step?.remedy.contains("isthmusctl test dns") == true)
    }

    @Test("A certificate that is not good enough is told once, where it was shown")
    func certificate() {
        var play = Play(dialback: false)
        play.secure(.invalid("the certificate does not name xmpp.example"))
        play.stream { $0.mechanisms = ["EXTERNAL"] }
        let bad = play.walk.steps.filter { $0.outcome == .bad }
        #expect(bad.map(\.name) == ["certificate"] && bad.first?.reason == .certificateRejected)
        #expect(bad.first?.text.contains("does not name xmpp.example") == true)
        #expect(bad.first?.remedy.contains("isthmusctl certificate trust add") == true)
    }

    @Test("No STARTTLS where TLS is required")
    func noTLS() {
        var play = Play()
        play.stream { $0.dialback = true }
        #expect(play.outcomes.last == "TLS bad" && play.walk.steps.last?.reason == .tlsRequired)
        #expect(play.walk.steps.last?.remedy.contains("partner set partner.example --tls optional") == true)
    }

    @Test("In the clear, where the rules have it so: it works, and is worth a look")
    func clear() {
        var play = Play(external: false, dialback: false, clear: true)
        play.stream { $0.dialback = true }
        play.feed(.keyMade("k"), .element(Self.dialback("valid"), isLast: true))
        #expect(play.outcomes.suffix(3) == ["TLS warning", "dialback good", "stream good"])
    }

    @Test("Who says nothing is waited for in vain, and what for is told; another server that works makes it a warning")
    func anotherServer() throws {
        var play = Play()
        play.feed(.timerFired(.establishment))
        let step = try #require(play.walk.steps.last)
        #expect(step.outcome == .bad && step.reason == .deadlineExceeded && step.text.contains("the peer's first word"))
        var second = Play()
        second.walk = play.walk
        second.walk.handle(.resolved(host: "b.example", addresses: ["192.0.2.2"], associations: 0))
        second.secure()
        second.stream { $0.mechanisms = ["EXTERNAL"] }
        second.feed(.element(XMLElement("success", namespace: Namespace.sasl), isLast: true))
        second.stream { _ in }
        #expect(second.walk.isReady && !second.walk.steps.contains { $0.outcome == .bad })
        #expect(second.walk.steps.contains { $0.outcome == .warning && $0.text.contains("another server was tried") })
    }

    @Test("When the time is over, the steps so far stand, and the last one says what was waited for")
    func timeOut() {
        var play = Play()
        play.stream { $0.startTLS = .required }
        play.walk.handle(.timedOut(seconds: 22))
        #expect(play.outcomes.prefix(3) == ["DNS good", "address good", "connection good"])
        #expect(play.walk.steps.last?.text.contains("22 s") == true && play.walk.steps.last?.outcome == .bad)
    }
}
