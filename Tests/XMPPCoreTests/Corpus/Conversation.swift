import XML
import XMPPCore

/// What bytes of a peer come to: parser and machine as in xmpp-edge, without the edge.
final class Conversation {
    private var parser: XMLStreamParser
    private var machine = InboundStream(configuration: .init(maximumBytes: 262_144))
    /// The domain that is ours.
    private let local: String
    private let rules: StreamRules
    private let certificate: CertificateVerdict

    /// What was sent in the present life of the stream and in those before.
    private(set) var sent: [XMLElement] = []
    private(set) var delivered: [Stanza] = []
    private(set) var authenticated: [DomainPair] = []
    private(set) var failure: XMLError?
    private(set) var hasEnded = false

    /// What xmpp-edge allows a peer whom it does not know yet.
    static let limits = XMLLimits(
        bytes: 16_384,
        elements: 64,
        attributes: 16,
        depth: 8,
        text: 8_192,
        streamBytes: 65_536
    )

    init(
        with local: String,
        rules: StreamRules = .anything,
        certificate: CertificateVerdict = .absent,
        isSecured: Bool = false
    ) throws {
        self.parser = try XMLStreamParser(limits: Self.limits)
        self.local = local
        self.rules = rules
        self.certificate = certificate
        self.handle(.started(isSecured: isSecured))
    }

    /// The condition of the stream error that was sent.
    var streamError: String? {
        self.sent.first { $0.is("error", Namespace.stream) }?.elements.first?.name
    }

    func feed(_ bytes: some Sequence<UInt8>) {
        for item in self.parser.feed(bytes) {
            switch item {
            case .opened(let root, let namespaces):
                do throws(StreamError) {
                    self.handle(.opened(try StreamHeader(root, namespaces: namespaces), streamID: "s"))
                } catch {
                    self.handle(.openedWrongly(error, streamID: "s"))
                }
            case .element(let element, let isLast): self.handle(.element(element, isLast: isLast))
            case .whitespace: self.handle(.whitespace)
            case .closed: self.handle(.closedByPeer)
            case .failed(let error):
                self.failure = error
                self.handle(.parserFailed(error))
            }
        }
    }

    /// The time for establishment is over.
    func expire() { self.handle(.timerFired(.establishment)) }

    private func handle(_ event: InboundStream.Event) {
        var events = [event]
        while !events.isEmpty {
            var actions: [InboundStream.Action] = []
            self.machine.handle(events.removeFirst(), into: &actions)
            for action in actions {
                if let next = self.perform(action) { events.append(next) }
            }
        }
    }

    private func perform(_ action: InboundStream.Action) -> InboundStream.Event? {
        switch action {
        case .send(let element): self.sent.append(element)
        case .consult(let local, _):
            let isOurs = local == self.local
            return .consulted(
                isOurs
                    ? .allowed(self.rules, certificate: self.certificate, offersTLS: true)
                    : .refused(StreamError(.hostUnknown))
            )
        case .proveCertificate(let pair): return .certificateProven(pair, .invalid("nobody vouches for it"))
        case .startTLS: return .secured
        case .restart: self.parser.restart(limits: Self.limits)
        case .authenticated(let pair, _): self.authenticated.append(pair)
        case .deliver(let stanza, _, _): self.delivered.append(stanza)
        case .disconnect: self.hasEnded = true
        // Nobody vouches for a key.
        case .verifyKey(let pair, _, _): return .keyVerified(pair, .invalid)
        case .checkKey(let pair, let id, _): return .keyChecked(pair, streamID: id, .invalid)
        case .open, .sendWhitespace, .unaddressable, .startTimer, .refused, .reached, .closeStream, .carries,
            .countsFromHere,
            .taken:
            break
        }
        return nil
    }
}
