internal import COpenSSL

/// Why something could not be done with a key, a request or a certificate.
public enum IssuingError: Error, Equatable, Sendable {
    /// The bytes are not what they should be: `certificate`, `private key`, `certificate request`.
    case malformed(String)
    /// A private key could not be decrypted: the master key or passphrase is not the one it was encrypted with.
    case wrongKey
    /// A file is encrypted, and there was no passphrase for it.
    case passphraseNeeded
    /// The passphrase is not the one a file was encrypted with.
    case wrongPassphrase
    /// A file is encrypted in a way that OpenSSL does not know, or not any more.
    case unknownEncryption(String)
    /// The master key is too short to be one.
    case weakMasterKey
    /// A field of a request cannot be written into a certificate.
    case invalidField(String)
    /// A call into OpenSSL failed, with OpenSSL's own text.
    case library(function: String, text: String)
}

extension IssuingError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed(let what): "This is not a readable \(what)."
        case .wrongKey: "The private key cannot be decrypted: it was encrypted with another key."
        case .passphraseNeeded: "It is encrypted: its passphrase is needed."
        case .wrongPassphrase: "The passphrase is not the one it was encrypted with."
        case .unknownEncryption(let text): "It is encrypted in a way that cannot be read here: \(text)."
        case .weakMasterKey: "The master key has fewer than \(MasterKey.minimumLength) characters."
        case .invalidField(let field): "The value of \(field) cannot be written into a certificate."
        case .library(let function, let text): "\(function): \(text)"
        }
    }
}

extension IssuingError {
    /// The error of the OpenSSL call that has just failed on this thread; empties the thread's error queue.
    static func last(in function: String) -> IssuingError {
        var texts: [String] = []
        while case let code = ERR_get_error(), code != 0 {
            texts.append(ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)")
        }
        return .library(function: function, text: texts.isEmpty ? "failed" : texts.joined(separator: ", "))
    }

    /// Throws unless `result` is OpenSSL's 1 for success.
    static func check(_ result: CInt, _ function: String) throws(IssuingError) {
        guard result > 0 else { throw .last(in: function) }
    }

    /// The object that an OpenSSL call made, or its error.
    static func unwrap<Pointer>(_ pointer: Pointer?, _ function: String) throws(IssuingError) -> Pointer {
        guard let pointer else { throw .last(in: function) }
        return pointer
    }
}
