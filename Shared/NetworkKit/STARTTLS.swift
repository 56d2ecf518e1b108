public import NIOCore

/// Why a connection cannot change to TLS.
public enum STARTTLSError: Error, Hashable, Sendable {
    /// The peer sent more plain bytes after TLS was agreed on: an attacker may have put them there
    /// ([CVE-2011-0411](https://www.cve.org/CVERecord?id=CVE-2011-0411)).
    case plaintextAfterAgreement(bytes: Int)
}

extension ChannelPipeline.SynchronousOperations {
    /// Puts TLS between the socket and all other handlers of a connection that was plain so far.
    ///
    /// Call it when TLS is agreed on: in a server after `<proceed/>` was written and flushed, in a client when `<proceed/>`
    /// has been read. What is written from then on is encrypted; what was read before, but not used, must not exist
    /// ([RFC 6120 §5.4.3.3](https://www.rfc-editor.org/rfc/rfc6120#section-5.4.3.3)).
    ///
    /// `leftover` is the number of bytes that were received after the peer's agreement. If there are any, it throws
    /// `STARTTLSError`, and the connection must be closed.
    public func startTLS(_ handler: TLSHandler, leftover: Int) throws {
        guard leftover == 0 else { throw STARTTLSError.plaintextAfterAgreement(bytes: leftover) }
        try self.addHandler(handler, position: .first)
    }
}
