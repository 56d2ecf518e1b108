package import Bus
internal import Logging
internal import Messaging
internal import NIOCore
public import ServiceKit
public import ServiceLifecycle
internal import Synchronization
internal import Wire

/// The only holder of the dialback secret (SPEC §10): makes the keys of the streams that xmpp-edge opens, and says of a key
/// that a remote server shows whether it is one of them ([XEP-0220](https://xmpp.org/extensions/xep-0220.html)).
///
/// It keeps nothing but the secret: a key is checked by making it again, so replicas with the same file are one authority.
public final class DialbackAuthority: Service {
    private let bus: Bus
    private let keys: KeyMaker
    private let limiter: Mutex<DomainRateLimiter>
    private let context: ServiceContext
    private let made: Counter
    private let valid: Counter
    private let invalid: Counter
    private let limited: Counter

    /// Reads the secret, and at the first start makes it; binds nothing.
    public init(_ configuration: Configuration, context: ServiceContext) throws {
        let (secrets, isNew) = try configuration.secretFile.read()
        if isNew {
            context.logger.notice(
                "Dialback secret made",
                metadata: ["file": "\(configuration.secretFile.path)"]
            )
        }
        let metrics = context.metrics
        self.bus = try Bus(configuration.bus, context: context)
        self.keys = KeyMaker(current: secrets.current, previous: secrets.previous)
        self.limiter = Mutex(DomainRateLimiter(rate: configuration.rate, burst: configuration.burst))
        self.context = context
        self.made = metrics.counter("isthmus_dialback_keys_total", help: "Dialback keys made.")
        let help = "Dialback keys checked, by verdict."
        self.valid = metrics.counter("isthmus_dialback_checks_total", help: help, labels: ["verdict": "valid"])
        self.invalid = metrics.counter("isthmus_dialback_checks_total", help: help, labels: ["verdict": "invalid"])
        self.limited = metrics.counter(
            "isthmus_dialback_rate_limited_total",
            help: "Requests refused because a remote domain caused too many."
        )
        self.bus.serve { [weak self] request in
            guard let self else { return .failure(Failure(.unavailable, "dialback-authority is shutting down")) }
            return self.answer(request.body, messageID: request.messageID, at: .now())
        }
    }

    public func run() async throws { try await self.bus.run() }

    /// Where the bus listens; for tests.
    package func endpoints() async throws -> BusEndpoints { try await self.bus.endpoints() }

    /// Answers a request; who may ask is checked by the bus.
    func answer(_ body: Body, messageID: MessageID?, at now: NIODeadline) -> Result<Body, Failure> {
        switch body {
        case .dialbackKeyRequest(let request):
            self.limited(request.receiving, messageID, at: now) {
                let key = try self.keys.key(for: request)
                self.made.increment()
                return .dialbackKey(key)
            }
        case .dialbackVerifyRequest(let request):
            self.limited(request.receiving, messageID, at: now) {
                .dialbackVerdict(isValid: try self.verify(request, messageID))
            }
        default:
            .failure(Failure(.unsupported, "not a method of dialback-authority"))
        }
    }

    private func verify(_ request: DialbackVerifyRequest, _ messageID: MessageID?) throws -> Bool {
        let isValid = try self.keys.isValid(request)
        (isValid ? self.valid : self.invalid).increment()
        if !isValid { self.logRefusal(request.receiving, .dialbackFailed, "the key is not ours", messageID) }
        return isValid
    }

    /// Does `work` for a remote domain, unless that domain causes too much of it.
    private func limited(
        _ domain: String,
        _ messageID: MessageID?,
        at now: NIODeadline,
        _ work: () throws -> Body
    ) -> Result<Body, Failure> {
        guard self.limiter.withLock({ $0.admit(domain, at: now) }) else {
            self.limited.increment()
            self.logRefusal(domain, .rateLimit, "too many dialback requests", messageID)
            return .failure(Failure(.overloaded, "too many dialback requests for this domain"))
        }
        do {
            return .success(try work())
        } catch let mistake as KeyMaker.Mistake {
            self.logRefusal(domain, .malformed, mistake.description, messageID)
            return .failure(Failure(.invalid, mistake.description))
        } catch {
            self.context.logger.error("Dialback key not made", metadata: ["error": "\(error)"])
            return .failure(Failure(.internal, "the key could not be made"))
        }
    }

    private func logRefusal(_ domain: String, _ reason: RefusalReason, _ text: String, _ messageID: MessageID?) {
        self.context.logger.info(
            "refused",
            metadata: [
                "message.id": "\(messageID?.rawValue ?? "")", "subject": "dialback", "peer.domain": "\(domain)",
                "reason": "\(reason.rawValue)", "text": "\(text)",
            ]
        )
    }
}
