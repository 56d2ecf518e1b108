import Foundation
import TLS

/// The key that an account at a CA is, or one of a certificate, and what it signs
/// ([RFC 8555 §6.2](https://www.rfc-editor.org/rfc/rfc8555#section-6.2)).
struct AccountKey: Sendable {
    private let key: PrivateKey
    private let algorithm: String
    /// The public key as a JSON Web Key, its members in the order of its thumbprint
    /// ([RFC 7638 §3](https://www.rfc-editor.org/rfc/rfc7638#section-3)).
    let webKey: String

    init(_ key: PrivateKey) throws(IssuingError) {
        self.key = key
        self.algorithm = try key.webAlgorithm()
        self.webKey = try key.webKey()
    }

    /// Names the public key ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)).
    var thumbprint: String { Base64URL.encode(SHA256Hash.bytes(of: Array(self.webKey.utf8))) }

    /// What the proof of a challenge is made of ([RFC 8555 §8.1](https://www.rfc-editor.org/rfc/rfc8555#section-8.1)).
    func authorization(for token: String) -> String {
        "\(token).\(self.thumbprint)"
    }

    /// The text of the TXT record for a challenge ([RFC 8555 §8.4](https://www.rfc-editor.org/rfc/rfc8555#section-8.4)).
    func record(for token: String) -> String {
        Base64URL.encode(SHA256Hash.bytes(of: Array(self.authorization(for: token).utf8)))
    }

    /// Who signs.
    enum Signer: Equatable {
        /// The account by its address.
        case account(String)
        /// The key itself, for an account that is not made yet.
        case key
    }

    /// A request, signed: the body of a POST.
    ///
    /// An empty payload is the GET of ACME ([RFC 8555 §6.3](https://www.rfc-editor.org/rfc/rfc8555#section-6.3)). Only what stands in
    /// another request has no nonce.
    func sign(_ payload: String, to address: String, nonce: String?, by signer: Signer) throws(IssuingError) -> [UInt8]
    {
        let identity =
            switch signer {
            case .account(let account): "\"kid\":\(JSONText.quoted(account))"
            case .key: "\"jwk\":\(self.webKey)"
            }
        let number = nonce.map { "\"nonce\":\(JSONText.quoted($0))," } ?? ""
        let header = "{\"alg\":\"\(self.algorithm)\",\(number)\"url\":\(JSONText.quoted(address)),\(identity)}"
        let parts = (Base64URL.encode(Array(header.utf8)), Base64URL.encode(Array(payload.utf8)))
        let signature = try self.key.webSignature(of: Array("\(parts.0).\(parts.1)".utf8))
        return JSONText.signed(header: parts.0, payload: parts.1, signature: signature)
    }

    /// Says that the account gets the key `next`, signed with that ([RFC 8555 §7.3.5](https://www.rfc-editor.org/rfc/rfc8555#section-7.3.5)).
    func rollover(of account: String, to next: AccountKey, at address: String) throws(IssuingError) -> String {
        let payload = "{\"account\":\(JSONText.quoted(account)),\"oldKey\":\(self.webKey)}"
        return String(decoding: try next.sign(payload, to: address, nonce: nil, by: .key), as: UTF8.self)
    }
}

/// An account with the CA outside of ACME, which the new account is bound to
/// ([RFC 8555 §7.3.4](https://www.rfc-editor.org/rfc/rfc8555#section-7.3.4)).
struct ExternalAccount: Sendable, Equatable {
    /// What the CA calls it.
    var identifier: String
    /// The key that the CA gave out with it, decoded; sensitive.
    var key: [UInt8]

    /// The account key, signed with the key of the external account.
    func binding(of webKey: String, to address: String) throws(TLSError) -> String {
        let header =
            "{\"alg\":\"HS256\",\"kid\":\(JSONText.quoted(self.identifier)),\"url\":\(JSONText.quoted(address))}"
        let parts = (Base64URL.encode(Array(header.utf8)), Base64URL.encode(Array(webKey.utf8)))
        let code = try MessageAuthentication.bytes(key: self.key, message: Array("\(parts.0).\(parts.1)".utf8))
        return String(decoding: JSONText.signed(header: parts.0, payload: parts.1, signature: code), as: UTF8.self)
    }
}

extension ExternalAccount: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without the key.
    var description: String { "ExternalAccount(\(self.identifier))" }
    var debugDescription: String { self.description }
}

/// JSON as it is signed.
enum JSONText {
    /// A JSON Web Signature in its flattened form ([RFC 7515 §7.2.2](https://www.rfc-editor.org/rfc/rfc7515#section-7.2.2)).
    static func signed(header: String, payload: String, signature: [UInt8]) -> [UInt8] {
        Array(
            #"{"protected":"\#(header)","payload":"\#(payload)","signature":"\#(Base64URL.encode(signature))"}"#.utf8
        )
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    static func list(_ elements: [String]) -> String { "[\(elements.joined(separator: ","))]" }
}
