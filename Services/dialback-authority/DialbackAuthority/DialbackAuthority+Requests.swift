import Logging
import Messaging
import NIOCore
import ServiceKit
import Synchronization
import Wire

/// What others may ask; who may ask what is checked by the bus.
extension DialbackAuthority {
    func answer(_ body: Body, messageID: MessageID?, at now: NIODeadline) -> Result<Body, Failure> {
        switch body {
        case .dialbackKeyRequest(let request):
            self.limited(request.receiving, messageID, at: now) {
                let key = try self.keeper.keys(at: self.clock()).key(for: request)
                self.metrics.made.increment()
                return .dialbackKey(key)
            }
        case .dialbackVerifyRequest(let request):
            self.limited(request.receiving, messageID, at: now) {
                .dialbackVerdict(isValid: try self.verify(request, messageID))
            }
        case .dialbackStatusRequest:
            .success(.dialbackStatus(self.status))
        case .dialbackRotation(let rotation):
            self.rotate(rotation)
        default:
            .failure(Failure(.unsupported, "not a method of dialback-authority"))
        }
    }

    private func verify(_ request: DialbackVerifyRequest, _ messageID: MessageID?) throws -> Bool {
        switch try self.keeper.keys(at: self.clock()).origin(of: request) {
        case .current?:
            self.metrics.valid.increment()
            return true
        case .previous?:
            self.metrics.valid.increment()
            self.metrics.previous.increment()
            return true
        case nil:
            self.metrics.invalid.increment()
            self.logRefusal(request.receiving, .dialbackFailed, "the key is not ours", messageID)
            return false
        }
    }

    /// Does `work` for a remote domain, unless that domain, or all together, cause too much of it.
    private func limited(
        _ domain: String,
        _ messageID: MessageID?,
        at now: NIODeadline,
        _ work: () throws -> Body
    ) -> Result<Body, Failure> {
        switch self.limiter.withLock({ $0.admit(domain, at: now) }) {
        case .admitted: break
        case .domain:
            self.metrics.limitedByDomain.increment()
            self.logRefusal(domain, .rateLimit, "too many dialback requests", messageID)
            return .failure(Failure(.overloaded, "too many dialback requests for this domain"))
        case .total:
            self.metrics.limitedByTotal.increment()
            self.logRefusal(domain, .rateLimit, "too many dialback requests of all domains", messageID)
            return .failure(Failure(.overloaded, "too many dialback requests"))
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

    private func rotate(_ rotation: DialbackRotation) -> Result<Body, Failure> {
        // First what is due: a previous secret that has ended is in nobody's way.
        self.look()
        do throws(SecretKeeper.RotationRefusal) {
            try self.keeper.rotate(endsOldAtOnce: rotation.endsOldAtOnce, at: self.clock())
        } catch {
            self.context.logger.warning("Dialback secret not replaced", metadata: ["error": "\(error)"])
            switch error {
            case .passphrase, .overlapping: return .failure(Failure(.conflict, "\(error)"))
            case .file:
                self.metrics.failures.increment()
                return .failure(Failure(.unavailable, "\(error)"))
            }
        }
        self.metrics.rotations.increment()
        let status = self.status
        self.context.logger.notice(
            "Dialback secret replaced",
            metadata: ["secret.id": "\(status.secrets.first?.id ?? "")", "secret.live": "\(status.secrets.count)"]
        )
        return .success(.dialbackStatus(status))
    }

    private var status: DialbackStatus {
        let rules = self.keeper.rules
        return DialbackStatus(
            secrets: self.keeper.live(at: self.clock()).map { secret in
                DialbackStatus.Secret(id: secret.id, createdAt: secret.createdAt, endsAt: secret.endsAt)
            },
            overlapSeconds: UInt32(clamping: rules.overlap / 1000),
            rotatesAfterSeconds: rules.rotatesAfter == 0 ? nil : UInt32(clamping: rules.rotatesAfter / 1000),
            isPassphrase: self.keeper.isPassphrase
        )
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
