import Bus
import Logging
import ServiceKit
import Wire
import XMPPCore

/// The dialback authority over the bus.
struct DialbackAuthorityClient: DialbackKeys {
    let bus: Bus
    let logger: Logger

    private static let timeout = Duration.seconds(5)

    func key(for pair: DomainPair, streamID: String) async -> String? {
        let request = DialbackKeyRequest(receiving: pair.remote, originating: pair.local, streamID: streamID)
        guard case .success(.dialbackKey(let key)) = await self.ask(.dialbackKeyRequest(request)) else { return nil }
        return key
    }

    /// The errors are those of [XEP-0220 §2.5](https://xmpp.org/extensions/xep-0220.html#errors), where it has one.
    func check(_ key: String, for pair: DomainPair, streamID: String) async -> DialbackOutcome {
        let request = DialbackVerifyRequest(
            receiving: pair.remote,
            originating: pair.local,
            streamID: streamID,
            key: key
        )
        switch await self.ask(.dialbackVerifyRequest(request)) {
        case .success(.dialbackVerdict(let isValid)): return isValid ? .valid : .invalid
        case .failure(.remote(let failure)): return Self.outcome(failure)
        case .success, .failure: return .failed(Self.noAnswer)
        }
    }

    static func outcome(_ failure: Failure) -> DialbackOutcome {
        switch failure.code {
        case .overloaded:
            .failed(StanzaError(.resourceConstraint, text: "too many keys of this domain are being checked"))
        // No key was ever made for such a question.
        case .invalid: .invalid
        case .unsupported, .notAllowed, .notFound, .conflict, .unavailable, .timeout, .internal: .failed(Self.noAnswer)
        }
    }

    private static var noAnswer: StanzaError {
        StanzaError(.internalServerError, kind: .wait, text: "the dialback authority does not answer")
    }

    private func ask(_ body: Body) async -> Result<Body, BusFailure> {
        do throws(BusFailure) {
            return .success(try await self.bus.request(body, to: .dialbackAuthority, timeout: Self.timeout))
        } catch {
            if case .remote(let failure) = error, failure.code == .overloaded || failure.code == .invalid {
                // A peer's doing, which the authority has noted.
                self.logger.debug("The dialback authority refuses", metadata: ["error": "\(error)"])
            } else {
                self.logger.warning("The dialback authority does not answer", metadata: ["error": "\(error)"])
            }
            return .failure(error)
        }
    }
}
