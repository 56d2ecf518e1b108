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
        guard case .dialbackKey(let key)? = await self.ask(.dialbackKeyRequest(request)) else { return nil }
        return key
    }

    func isValid(_ key: String, for pair: DomainPair, streamID: String) async -> Bool? {
        let request = DialbackVerifyRequest(
            receiving: pair.remote,
            originating: pair.local,
            streamID: streamID,
            key: key
        )
        guard case .dialbackVerdict(let isValid)? = await self.ask(.dialbackVerifyRequest(request)) else { return nil }
        return isValid
    }

    private func ask(_ body: Body) async -> Body? {
        do throws(BusFailure) {
            return try await self.bus.request(body, to: .dialbackAuthority, timeout: Self.timeout)
        } catch {
            self.logger.warning("The dialback authority does not answer", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
