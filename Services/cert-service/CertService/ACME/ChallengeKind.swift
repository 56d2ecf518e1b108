/// How it is proven that a name is ours ([RFC 8555 §8](https://www.rfc-editor.org/rfc/rfc8555#section-8)).
enum ChallengeKind: String, Codable, Sendable, CaseIterable {
    /// By a page that the CA fetches on port 80 of the name (§8.3).
    case http = "http-01"
    /// By a TXT record at `_acme-challenge.<name>` (§8.4).
    case dns = "dns-01"
}
