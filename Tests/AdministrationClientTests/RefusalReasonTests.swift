import Foundation
import Messaging
import Policy
import Testing

@testable import AdministrationClient

@Suite("Every reason of a refusal")
struct RefusalReasonTests {
    /// The policy in which each of them could have been refused.
    private static let policy = PolicyState(
        PolicySnapshot(
            settings: GatewaySettings(blockedDomains: [DomainRule(pattern: "*.bad.example")]),
            partners: [Partner(domain: "example.net")],
            domains: [LocalDomain(domain: "example.com")],
            users: [UserRecord(address: "juliet@example.com")]
        )
    )

    /// Who else than a rule decides: the other side, the network, or what the edges can do.
    private static let decidedElsewhere: Set<RefusalReason> = [
        .dnsFailed, .connectionFailed, .loop, .streamError, .streamClosed, .queueFull, .rateLimit, .sizeLimit,
        .malformed, .notTranslatable, .notSupported, .peerRefused, .nextHopUnreachable, .nextHopTimeout,
        .edgeUnavailable, .deadlineExceeded, .shuttingDown, .internalError,
    ]

    @Test(
        "Each is explained: in words, with the rule that decided where a rule did, and with what to do",
        arguments: RefusalReason.allCases
    )
    func explained(_ reason: RefusalReason) throws {
        let rule = Self.policy.rule(
            behind: reason,
            local: "example.com",
            remote: "example.net",
            user: Address(user: "juliet", domain: "example.com")
        )
        #expect(rule.isEmpty == Self.decidedElsewhere.contains(reason), "\(reason): \(rule)")
        let document: DocumentValue = [
            "number": .integer(7), "time": .text("2026-01-31T12:00:00Z"), "service": .text("xmpp-edge"),
            "direction": .text("inbound"), "subject": .text("message"), "from": .text("romeo@example.net"),
            "to": .text("juliet@example.com"), "partner": .text("example.net"), "local-domain": .text("example.com"),
            "remote-domain": .text("example.net"), "rule": .text(rule), "reason": .text(reason.rawValue),
            "step": .text("stanza"), "answer": .text("forbidden"), "text": .text("because"),
        ]
        let text = RefusalExplanation(document).text
        for words in ["Refusal 7,", "romeo@example.net", reason.rawValue, "What to do\n  "] {
            #expect(text.contains(words), "\(words) in \(text)")
        }
        if !rule.isEmpty { #expect(text.contains(rule)) }
        let root = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let list = try String(contentsOf: root.appending(path: "docs/operations/refusals.md"), encoding: .utf8)
        let row = list.split(separator: "\n").first { $0.hasPrefix("| `\(reason.rawValue)`") }
        for command in CommandLines.all(in: String(row ?? "")) {
            #expect(!CommandLines.command(command).isEmpty, "\(command)")
        }
    }
}
