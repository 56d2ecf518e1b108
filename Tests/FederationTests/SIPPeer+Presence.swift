import SIPCore
import TestSupport

extension SIPPeer {
    /// Subscribes to the presence of an XMPP user.
    ///
    /// - Returns: what became of the SUBSCRIBE
    func watch(_ contact: String, as user: String, _ world: World) async throws -> Fate {
        let branch = try await self.send(.subscribe, from: user, to: contact, host: world.edgeAddress) {
            $0.headers.append(.event, "presence")
            $0.headers.append(.accept, "application/pidf+xml")
            $0.headers.append(.expires, "600")
            $0.headers.append(.contact, "<sip:\(user.prefix { $0 != "@" })@\(self.address):5060;transport=tcp>")
        }
        return try await eventually("an answer to SUBSCRIBE", value: { self.fates[branch] })
    }

    /// Sends NOTIFY in the dialog that `subscribe` has made, with a document that says “open”.
    func notify(
        _ subscribe: Request,
        _ number: Int,
        activity: String = "",
        note: String,
        state: String = "active;expires=600",
        _ world: World
    ) async throws {
        let user = subscribe.headers.to?.sipURI.map { "\($0.user ?? "")@\($0.host)" } ?? ""
        let watcher = subscribe.headers.from?.sipURI.map { "\($0.user ?? "")@\($0.host)" } ?? ""
        let branch = try await self.send(.notify, from: user, to: watcher, host: world.edgeAddress) { request in
            request.headers[.from] = (subscribe.headers[.to] ?? "") + ";tag=peer"
            request.headers[.to] = subscribe.headers[.from]
            request.headers[.callID] = subscribe.headers.callID
            request.headers[.cSeq] = "\(number) NOTIFY"
            request.headers.append(.event, "presence")
            request.headers.append(.subscriptionState, state)
            request.headers.append(.contact, "<sip:\(user.prefix { $0 != "@" })@\(self.address):5060;transport=tcp>")
            request.headers.append(.contentType, "application/pidf+xml")
            request.body = SIPPeer.pidf(user, activity: activity, note: note)
        }
        let fate = try await eventually("an answer to NOTIFY", value: { self.fates[branch] })
        guard fate == .answered(200) else { throw SceneError(description: "NOTIFY: \(fate)") }
    }
}
