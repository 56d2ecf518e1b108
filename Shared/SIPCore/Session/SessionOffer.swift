/// What an INVITE offers, seen by somebody who takes nothing but text messages over SIP itself
/// ([RFC 3264](https://www.rfc-editor.org/rfc/rfc3264), [MS-SDP] 3.1.5.3).
public enum SessionOffer {
    /// How messages are carried in a session: by MESSAGE within its dialog.
    public enum Media: String, Equatable, Sendable, CaseIterable {
        /// OCS 2007, Lync, and whoever came after them.
        case message
        /// LCS 2005.
        case xMSMessage = "x-ms-message"
    }

    /// Why an offer cannot be accepted: a 488 with this warning
    /// ([RFC 3261 §20.43](https://www.rfc-editor.org/rfc/rfc3261#section-20.43)).
    public struct Objection: Error, Equatable, Sendable {
        /// 302 incompatible transport, 304 media not available, 305 incompatible format.
        public let warning: Int
        public let text: String

        public init(warning: Int, text: String) {
            self.warning = warning
            self.text = text
        }
    }

    /// An offer that is accepted.
    public struct Accepted: Equatable, Sendable {
        public let media: Media
        /// Whether the peer understands `application/im-iscomposing+xml`, rather than Microsoft's KeyboardActivity.
        public let takesIsComposing: Bool
        /// Whether the peer says that it takes `multipart/alternative`.
        public let takesAlternatives: Bool
        /// What is answered: the one medium that is taken, and all others with port 0
        /// ([RFC 3264 §6](https://www.rfc-editor.org/rfc/rfc3264#section-6)).
        public let answer: SessionDescription

        init(media: Media, takesIsComposing: Bool, takesAlternatives: Bool, answer: SessionDescription) {
            self.media = media
            self.takesIsComposing = takesIsComposing
            self.takesAlternatives = takesAlternatives
            self.answer = answer
        }

        /// What is said to an INVITE without an offer: our own, in its place
        /// ([RFC 3261 §13.2.1](https://www.rfc-editor.org/rfc/rfc3261#section-13.2.1)).
        public init(offering media: Media, address: String, port: UInt16) {
            self.init(
                media: media,
                takesIsComposing: false,
                takesAlternatives: false,
                answer: SessionOffer.offer(media, address: address, port: port)
            )
        }
    }

    /// The types that a message in a session may have.
    public static let acceptTypes = [
        "text/plain", "text/html", "text/rtf", "multipart/alternative", "application/im-iscomposing+xml",
    ]

    /// What we offer.
    public static func offer(_ media: Media, address: String, port: UInt16) -> SessionDescription {
        SessionDescription(
            address: address,
            media: [
                SessionDescription.Media(
                    kind: media.rawValue,
                    port: port,
                    transport: "sip",
                    formats: ["null"],
                    acceptTypes: self.acceptTypes
                )
            ]
        )
    }

    /// Looks for text messages in an offer.
    ///
    /// - Parameters:
    ///   - offer: What the peer offers.
    ///   - address: Our host, for the answer.
    ///   - port: Our port, which peers behind servers ignore.
    ///   - contact: Where we are, as the answer says it.
    /// - Returns: What is taken, and the answer that says so.
    /// - Throws: Why nothing of it can be taken.
    public static func accept(
        _ offer: SessionDescription,
        address: String,
        port: UInt16,
        contact: String
    ) throws(Objection) -> Accepted {
        var found: (index: Int, media: Media)?
        var objection: Objection?
        for (index, line) in offer.media.enumerated() where found == nil && line.port != 0 {
            guard let media = Media(rawValue: line.kind) else { continue }
            guard line.transport.asciiLowercased == "sip" else {
                objection = Objection(
                    warning: 302,
                    text: "messages over \(line.transport) are not served, only over sip"
                )
                continue
            }
            guard line.takesText else {
                objection = Objection(warning: 305, text: "none of the offered types is text")
                continue
            }
            found = (index, media)
        }
        guard let found else {
            let kinds = offer.media.map(\.kind).joined(separator: ", ")
            throw objection
                ?? Objection(
                    warning: 304,
                    text: "only text messages are served\(kinds.isEmpty ? "" : ", not \(kinds)")"
                )
        }
        let types = offer.media[found.index].acceptTypes
        let lines = offer.media.enumerated().map { index, line in
            guard index == found.index else {
                return SessionDescription.Media(
                    kind: line.kind,
                    port: 0,
                    transport: line.transport,
                    formats: line.formats
                )
            }
            return SessionDescription.Media(
                kind: line.kind,
                port: port,
                transport: line.transport,
                formats: [contact],
                acceptTypes: self.acceptTypes
            )
        }
        return Accepted(
            media: found.media,
            takesIsComposing: types?.contains { $0 == "application/im-iscomposing+xml" || $0 == "*" } == true,
            takesAlternatives: types?.contains("multipart/alternative") == true,
            answer: SessionDescription(address: address, media: lines)
        )
    }
}

extension SessionDescription.Media {
    /// Whether plain text can be sent to whoever says this; who says nothing takes it.
    fileprivate var takesText: Bool {
        self.acceptTypes?.contains { $0 == "text/plain" || $0 == "*" || $0 == "text/*" || $0 == "message/cpim" } ?? true
    }
}
