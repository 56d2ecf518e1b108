public import Messaging
public import SIPCore

/// The offer in an INVITE, or why it cannot be one of text messages.
public enum SIPSessionOffer {
    /// What the body of an INVITE offers; `nil` for an INVITE without one, which asks us to offer
    /// ([RFC 3261 §13.2.1](https://www.rfc-editor.org/rfc/rfc3261#section-13.2.1)).
    public static func read(_ invite: Request) throws(DeliveryFailure) -> SessionDescription? {
        // A meeting is not a conversation of two, whatever its media.
        let endpoints = invite.headers.elements(HeaderName("EndPoints")).count
        let isTriggered = invite.headers[HeaderName("TriggeredInvite")]?.lowercased() == "true"
        guard endpoints <= 2, !isTriggered else { throw .sessionKind("conferences do not cross the gateway") }
        guard !invite.body.isEmpty else { return nil }
        guard let type = invite.headers.contentType else {
            throw DeliveryFailure(.badRequest, reason: .malformed, text: "a body without Content-Type", sipStatus: 400)
        }
        switch type.essence {
        case "application/sdp": return try self.description(invite.body)
        case "application/ms-conf-invite+xml": throw .sessionKind("conferences do not cross the gateway")
        case "multipart/mixed", "multipart/alternative", "multipart/related":
            return try self.description(inMultipart: invite.body, type)
        default:
            throw DeliveryFailure(
                .notAcceptable,
                reason: .notSupported,
                text: "only application/sdp describes a session",
                sipStatus: 415
            )
        }
    }

    private static func description(_ body: [UInt8]) throws(DeliveryFailure) -> SessionDescription {
        guard let description = SessionDescription(parsing: body) else {
            throw DeliveryFailure(
                .badRequest,
                reason: .malformed,
                text: "the session description is malformed",
                sipStatus: 400
            )
        }
        return description
    }

    /// The description among other things; a file transfer names itself in one of them.
    private static func description(
        inMultipart body: [UInt8],
        _ type: MediaType
    ) throws(DeliveryFailure) -> SessionDescription {
        guard let boundary = type.parameter("boundary"),
            let parts = Multipart.parts(of: body[...], boundary: boundary)
        else {
            throw DeliveryFailure(.badRequest, reason: .malformed, text: "the multipart is malformed", sipStatus: 400)
        }
        let types = parts.compactMap { $0.mediaType?.essence }
        guard !types.contains("application/ms-filetransfer+xml") else {
            throw .sessionKind("files do not cross the gateway")
        }
        guard let part = parts.first(where: { $0.mediaType?.essence == "application/sdp" }) else {
            throw .sessionKind("only text messages are served")
        }
        return try self.description(Array(part.body))
    }
}

extension DeliveryFailure {
    /// A session of a kind that XMPP does not get: 488 ([RFC 3261 §21.4.26](https://www.rfc-editor.org/rfc/rfc3261#section-21.4.26)).
    fileprivate static func sessionKind(_ text: String) -> DeliveryFailure {
        DeliveryFailure(.notAcceptable, reason: .notSupported, text: text, sipStatus: 488)
    }
}
