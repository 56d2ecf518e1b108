import NIOCore
import NetworkKit
import Policy
import TLS
import Wire
import XMPPCore

/// A stream to a partner that an administrator has opened to see how far it comes: what is told of it, and its end.
///
/// It is made by what makes all streams, carries nothing, and is closed as soon as it could.
actor StreamTest {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    private var walk: StreamWalk
    private var link: OutboundLink?
    /// Whether nobody waits any more.
    private(set) var isOver = false
    private var continuation: CheckedContinuation<[TestStep], Never>?

    /// The walk of one test, from the first look-up to the end of the stream.
    static let time = TimeAmount.seconds(22)
    /// From a connection to an authenticated stream; less where the policy says so.
    static let negotiationTime = Duration.seconds(10)

    init(_ walk: StreamWalk, on executor: UnownedSerialExecutor) {
        self.unownedExecutor = executor
        self.walk = walk
    }

    /// Takes note of what happens.
    nonisolated func note(_ event: StreamWalk.Event) {
        self.assumeIsolated { test in
            guard !test.isOver else { return }
            test.walk.handle(event)
            if test.walk.isReady { test.finish() }
        }
    }

    nonisolated func began(_ link: OutboundLink) {
        self.assumeIsolated { test in
            if test.isOver { Self.end(link) } else { test.link = link }
        }
    }

    nonisolated var hasEnded: Bool { self.assumeIsolated { $0.isOver } }

    /// Waits for the end of it.
    func steps() async -> [TestStep] {
        guard !self.isOver else { return self.walk.steps }
        return await withCheckedContinuation { self.continuation = $0 }
    }

    /// Ends it: with what is known by now, and without a stream.
    func finish() {
        guard !self.isOver else { return }
        self.isOver = true
        self.continuation?.resume(returning: self.walk.steps)
        self.continuation = nil
        if let link = self.link { Self.end(link) }
        self.link = nil
    }

    /// The stream's machine may be in the middle of the event that made it ready.
    private static func end(_ link: OutboundLink) {
        link.surroundings.loop.execute { link.assumeIsolated { $0.shutDown() } }
    }

    /// The edge stops.
    func shutDown() {
        self.note(StreamWalk.Event(AttemptFailure(end: .shuttingDown)))
        self.finish()
    }

    func timeOut() {
        guard !self.isOver else { return }
        self.note(.timedOut(seconds: Self.time.nanoseconds / 1_000_000_000))
        self.finish()
    }
}

extension StreamWalk.Event {
    init(_ handshake: TLSHandshakeCompleted, _ verdict: CertificateVerdict, hasAssociations: Bool) {
        self = .secured(
            StreamWalk.Security(
                words: "\(handshake.protocolVersion) with \(handshake.cipher)",
                certificate: handshake.peer.map { peer in
                    let names = (peer.dnsNames + peer.srvNames + peer.xmppAddresses).joined(separator: ", ")
                    return "\(peer.subject), issued by \(peer.issuer), for \(names.isEmpty ? "no name" : names)"
                },
                verdict: verdict,
                isVouchedFor: handshake.peer?.daneUsage != nil,
                hasAssociations: hasAssociations
            )
        )
    }

    init(_ target: ServiceTarget) { self = .proxy("\(target.host):\(target.port)") }

    init(_ targets: [ServiceTarget]) {
        self = .found(
            targets.map {
                "\($0.service.rawValue) → \($0.host):\($0.port)\($0.isSecure ? " (signed)" : "")"
            }
        )
    }

    /// `isCarried`: whether there is a stream of the pair all the same.
    init(_ failure: AttemptFailure, isCarried: Bool = false) {
        guard let limit = failure.limit else {
            let hasStream = failure.dns == nil && failure.connection == nil && !failure.isLoop
            self = .failed(
                StreamWalk.Failure(
                    reason: failure.reason,
                    words: failure.description,
                    end: hasStream ? failure.end : nil
                )
            )
            return
        }
        let words = "\(limit.streamError.text ?? "") (\(limit.rule))"
        self = .failed(
            StreamWalk.Failure(
                reason: failure.reason,
                words: isCarried ? "\(words); messages go over those, and the test has opened none" : words,
                place: "limits",
                isHarmless: isCarried
            )
        )
    }
}
