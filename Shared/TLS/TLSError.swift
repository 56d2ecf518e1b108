internal import COpenSSL

/// What went wrong in TLS or with a certificate, in OpenSSL's own words where it has any.
public enum TLSError: Error, Equatable, Sendable {
    /// A certificate, private key or trust root could not be read.
    case unreadable(IssuingError)
    /// The private key belongs to another certificate.
    case keyMismatch
    /// A client was told to present an identity that the context does not have.
    case unknownIdentity(String)
    /// The name cannot be sent as SNI: it is empty, too long or not in A-label form.
    case invalidServerName(String)
    /// The handshake failed: an alert of the peer, no common version or cipher, bytes that are not TLS.
    case handshakeFailed(String)
    /// The peer broke the protocol after the handshake, or sent a fatal alert.
    case protocolFailure(String)
    /// The connection ended before the handshake was complete.
    case closedDuringHandshake
    /// The session was closed already.
    case closed
    /// A call of the library failed that should not.
    case library(operation: String, reason: String)
}

extension TLSError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadable(let error): error.description
        case .keyMismatch: "the private key does not belong to the certificate"
        case .unknownIdentity(let name): "no certificate for \(name)"
        case .invalidServerName(let name): "\(name) cannot be a server name"
        case .handshakeFailed(let reason): "TLS handshake failed: \(reason)"
        case .protocolFailure(let reason): "TLS failed: \(reason)"
        case .closedDuringHandshake: "the connection ended during the TLS handshake"
        case .closed: "the TLS session is closed"
        case .library(let operation, let reason): "\(operation): \(reason)"
        }
    }
}

extension TLSError {
    /// The failure of `operation`, with the texts of OpenSSL's error queue of this thread, which is emptied.
    static func last(in operation: String) -> TLSError {
        .library(operation: operation, reason: self.drainQueue())
    }

    /// Empties OpenSSL's error queue of this thread; the texts, oldest first.
    static func drainQueue() -> String {
        var texts: [String] = []
        while true {
            var data: UnsafePointer<CChar>?
            var flags: CInt = 0
            let code = ERR_get_error_all(nil, nil, nil, &data, &flags)
            guard code != 0 else { break }
            var text = ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
            if flags & ERR_TXT_STRING != 0, let data, data.pointee != 0 { text += " (\(String(cString: data)))" }
            if texts.count < Self.maximumQueueTexts { texts.append(text) }
        }
        return texts.isEmpty ? "unknown error" : texts.joined(separator: ", ")
    }

    /// More than OpenSSL ever has for one failure: keeps a log line short.
    private static let maximumQueueTexts = 4
}
