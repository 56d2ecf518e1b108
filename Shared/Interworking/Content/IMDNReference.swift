internal import Messaging
internal import Presence

/// What a SIP sender wants to be told of its message: the id under which the XMPP side knows the message.
///
/// A notification repeats the Message-ID and the time of the message, and says nothing that was not asked for
/// ([RFC 5438 §§ 7.2.1, 11.1.2](https://www.rfc-editor.org/rfc/rfc5438#section-7.2.1)); both are in the id, so that no edge keeps them and none
/// can lose them.
///
///     imdn-pn~2006-04-04T12:16:49-05:00~34jk324j
struct IMDNReference: Equatable {
    private static let prefix = "imdn-"

    let messageID: String
    /// The DateTime of the message as its sender wrote it; empty where there was none.
    let sentAt: String
    let wanted: Set<DeliveryReceipt.Outcome>

    /// `nil` where the sender wants nothing that XMPP could tell.
    init?(messageID: String, sentAt: String?, dispositions: String?) {
        let values = Set((dispositions ?? "").split(separator: ",").map(\.trimmed))
        let wanted = Set(DeliveryReceipt.Outcome.allCases.filter { values.contains($0.disposition) })
        let time = sentAt.flatMap { Timestamp.parse($0) == nil || $0.contains("~") ? nil : $0 } ?? ""
        guard !wanted.isEmpty else { return nil }
        (self.messageID, self.sentAt, self.wanted) = (messageID, time, wanted)
        guard HeaderText.bounded(self.text) != nil else { return nil }
    }

    /// Reads the id that a receipt repeats; `nil` for one that is not of our making.
    init?(_ id: String) {
        let parts = id.split(separator: "~", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].hasPrefix(Self.prefix), !parts[2].isEmpty else { return nil }
        let letters = parts[0].dropFirst(Self.prefix.count)
        let wanted = DeliveryReceipt.Outcome.allCases.filter { letters.contains($0.letter) }
        guard !wanted.isEmpty, wanted.count == letters.count else { return nil }
        (self.messageID, self.sentAt, self.wanted) = (String(parts[2]), String(parts[1]), Set(wanted))
    }

    var text: String {
        let letters = DeliveryReceipt.Outcome.allCases.filter(self.wanted.contains).map(\.letter)
        return "\(Self.prefix)\(String(letters))~\(self.sentAt)~\(self.messageID)"
    }
}

extension DeliveryReceipt.Outcome {
    /// How it is asked for ([RFC 5438 §7.1.1.3](https://www.rfc-editor.org/rfc/rfc5438#section-7.1.1.3)).
    fileprivate var disposition: String {
        switch self {
        case .delivered: "positive-delivery"
        case .failed: "negative-delivery"
        case .displayed: "display"
        }
    }

    fileprivate var letter: Character {
        switch self {
        case .delivered: "p"
        case .failed: "n"
        case .displayed: "d"
        }
    }
}
