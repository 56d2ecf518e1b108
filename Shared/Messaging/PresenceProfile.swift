/// Which of the published tables says what a state of one world is in the other (SPEC §6).
public enum PresenceProfile: String, Equatable, Sendable, CaseIterable, Codable {
    /// [RFC 8048 §6](https://www.rfc-editor.org/rfc/rfc8048#section-6): every `<show/>` crosses as it is.
    case rfc8048 = "rfc8048"
    /// Cisco's partitioned intradomain federation with LCS, OCS, Lync: `busy` is `dnd`.
    case ciscoIntradomain = "cisco-intradomain"
    /// Cisco's interdomain federation: `busy` is `away` with the word “Busy”.
    case ciscoInterdomain = "cisco-interdomain"
}
