import ArgumentParser
import Foundation
import Messaging
import Policy
import Testing

@testable import AdministrationClient

@Suite("What isthmusctl says of itself")
struct HelpTests {
    @Test("Each command says what it does, and shows an example that it takes", arguments: CommandLeaf.all)
    func example(_ leaf: CommandLeaf) throws {
        let configuration = leaf.command.configuration
        #expect(configuration.abstract.count > 10 && configuration.abstract.hasSuffix("."), "\(leaf)")
        let parsed = try CommandLines.all(in: configuration.discussion).filter { CommandLines.command($0) != [] }
            .map { try Isthmusctl.parseAsRoot($0) }
        #expect(parsed.contains { type(of: $0) == leaf.command }, "\(leaf) has no example")
    }

    @Test("Each group of commands says what it is about")
    func groups() {
        for group in Isthmusctl.configuration.subcommands {
            #expect(group.configuration.abstract.hasSuffix("."), "\(group)")
        }
    }

    /// The nouns of the issue that asked for this program.
    static let nouns = [
        "partner", "settings", "domain", "user", "route", "host", "policy", "certificate", "dns", "dialback",
        "subscription", "stream", "refusal", "audit", "edge", "backup", "token",
    ]

    @Test("Every noun lists, shows, adds, sets and removes, or says what does instead", arguments: nouns)
    func verbs(_ noun: String) throws {
        for verb in Misnomer.verbs {
            let answer = Misnomer.answer(to: [noun, verb, "something"])
            guard let answer else {
                #expect(CommandLeaf.exists([noun, verb]), "\(noun) \(verb)")
                continue
            }
            #expect(!CommandLeaf.exists([noun, verb]), "\(noun) \(verb) is there and is denied")
            let instead = CommandLines.all(in: answer).dropFirst()
            #expect(!instead.isEmpty)
            for words in instead {
                #expect(CommandLeaf.exists(Array(words.prefix { !$0.hasPrefix("-") })), "\(words)")
            }
        }
    }

    @Test("What changes something can be looked at first, and has a reason for the audit log")
    func previews() throws {
        let changing: Set = [
            "add", "set", "remove", "apply", "import", "restore", "assign", "request", "renew", "rotate",
            "rotate-master-key", "add-crl", "im", "revoke", "rotate-key", "deactivate",
        ]
        for leaf in CommandLeaf.all where changing.contains(leaf.path.last ?? "") {
            let help = leaf.command.helpMessage(columns: 200)
            #expect(help.contains("--dry-run") && help.contains("--reason"), "\(leaf)")
        }
    }

    @Test("What shows something, or changes something, says it to programs as well: as JSON, as YAML")
    func outputs() throws {
        let verbs: Set = [
            "list", "show", "add", "set", "remove", "status", "history", "diff", "plan", "explain", "preflight",
            "follow",
            "restore", "assign", "rotate", "verify",
        ]
        for leaf in CommandLeaf.all where verbs.contains(leaf.path.last ?? "") || leaf.path == ["user", "import"] {
            #expect(leaf.command.helpMessage(columns: 200).contains("--output"), "\(leaf)")
        }
    }

    @Test("Every command that an advice names is there, with its options", arguments: RefusalReason.allCases)
    func advice(_ reason: RefusalReason) throws {
        for service in ["sip-edge", "xmpp-edge"] {
            let text = RefusalAdvice.text(
                for: reason,
                partner: "example.net",
                remote: "im.example.net",
                local: "example.com",
                service: service
            )
            #expect(text.count > 20 && !text.contains("  "), "\(text)")
            for words in CommandLines.all(in: text) {
                let path = CommandLines.command(words)
                #expect(CommandLeaf.all.contains { $0.path == path }, "\(words)")
                let options = words.filter { $0.hasPrefix("--") }
                guard !options.isEmpty else { continue }
                let help = CommandLeaf.all.first { $0.path == path }?.command.helpMessage(columns: 200) ?? ""
                for option in options { #expect(help.contains(option), "\(words)") }
            }
        }
    }
}
