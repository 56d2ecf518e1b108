public import SIPCore

/// What a MESSAGE request is made of, but for what its transaction adds
/// ([RFC 7572 §4](https://www.rfc-editor.org/rfc/rfc7572#section-4), table 1).
public struct SIPMessageParts: Equatable, Sendable {
    /// The Request-URI.
    public let requestURI: SIPURI
    /// The URI of From, device and all; the tag is the transaction's.
    ///
    /// Each request needs a new one, for requests of one conversation share their Call-ID.
    public let from: SIPURI
    public let to: SIPURI
    /// The conversation's Call-ID; `nil` where any will do.
    public let callID: String?
    /// Content-Type, Content-Language, Subject, Date.
    public let headers: Headers
    public let body: [UInt8]

    /// About how many bytes the request has, with what the transaction adds.
    var estimatedSize: Int {
        let headers = self.headers.fields.reduce(0) { $0 + $1.name.text.utf8.count + $1.value.utf8.count + 4 }
        let addresses = 2 * (self.from.description.utf8.count + self.to.description.utf8.count)
        return self.body.count + headers + addresses + Self.transactionBytes
    }

    /// Via, Max-Forwards, Call-ID, CSeq, Content-Length and the like.
    private static let transactionBytes = 320
}
