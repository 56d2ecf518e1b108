/// How much may cross.
public enum InterworkingLimits {
    /// Bytes of all texts of one message.
    ///
    /// Below every XMPP server's stanza limit we know, far above what people write.
    public static let messageText = 65_536
    /// Bytes of a MESSAGE's body, with what wraps the text: CPIM, multipart, HTML.
    public static let messageBody = 131_072
    /// Bytes of a whole MESSAGE where a hop may lack congestion control, as over UDP
    /// ([RFC 3428 §8](https://www.rfc-editor.org/rfc/rfc3428#section-8), [RFC 7572 §6](https://www.rfc-editor.org/rfc/rfc7572#section-6)).
    public static let messageOverUnsafePath = 1300
    /// Languages of one text; further ones are left out.
    public static let languages = 16
    /// Bytes of a subject, a thread, an id; longer ones are left out, for they stand in one header field.
    public static let headerText = 1024
    /// Bytes of a status note.
    public static let statusNote = 4096
    /// Devices told of in one presence document; further ones are left out.
    public static let presenceInstances = 32
    /// A `Date` so many milliseconds ago, or ahead, is “just now”: no message is called delayed for it.
    public static let justNow: Int64 = 60_000
}
