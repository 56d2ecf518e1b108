import ArgumentParser
import Foundation
import Testing

@testable import AdministrationClient

/// The table of docs/operations/lync-and-cisco.md, against the commands: that it is complete is looked at by `CmdletTests`.
@Suite("What the table for administrators of Lync and Cisco names")
struct CmdletOptionTests {
    private static let sections: [String] = {
        let root = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let text = try? String(contentsOf: root.appending(path: "docs/operations/lync-and-cisco.md"), encoding: .utf8)
        return (text ?? "").components(separatedBy: "\n## ")
    }()

    /// The commands that the code spans of a text name.
    private static func commands(in text: String) -> [CommandLeaf] {
        text.matches(of: /`([^`]*)`/).flatMap { span -> [CommandLeaf] in
            let words = span.output.1.split(separator: " ").map { String($0) }.drop { $0 == "isthmusctl" }
            let path = CommandLines.command(Array(words))
            return path.isEmpty ? [] : CommandLeaf.all.filter { $0.path.starts(with: path) }
        }
    }

    /// Of each command what its help says about each option.
    private static let helps: [String: [String: String]] = Dictionary(
        CommandLeaf.all.map { leaf in
            var options: [String: String] = [:]
            var name: String?
            for line in leaf.command.helpMessage(columns: 1_000).split(separator: "\n") {
                if let match = line.firstMatch(of: /^ +(-., )?--([a-z-]+)/) {
                    name = String(match.output.2)
                } else if !line.hasPrefix("          ") {
                    name = nil
                }
                if let name { options[name, default: ""] += line }
            }
            return (leaf.description, options)
        }
    ) { first, _ in first }

    /// What help says about an option of one of the commands.
    private static func help(of option: String, _ commands: [CommandLeaf]) -> [String] {
        commands.compactMap { self.helps[$0.description]?[option] }
    }

    @Test("Each option is one of a command that its section names")
    func options() {
        #expect(Self.sections.count > 10)
        var count = 0
        for section in Self.sections {
            let commands = Self.commands(in: section)
            for option in Set(section.matches(of: /--([a-z-]+[a-z])/).map { String($0.output.1) }) {
                count += 1
                #expect(!Self.help(of: option, commands).isEmpty, "--\(option) in “\(section.prefix(40))”")
            }
        }
        #expect(count > 60)
    }

    @Test("Each default is the one there is")
    func defaults() {
        var count = 0
        for section in Self.sections {
            let commands = Self.commands(in: section)
            for match in section.matches(of: /`--([a-z-]+)` \(([a-z0-9]+)( s)?\)/) {
                let (option, value) = (String(match.output.1), match.output.2)
                let help = Self.help(of: option, commands)
                count += 1
                #expect(
                    help.contains {
                        $0.contains("(\(value))") || $0.contains("\(value) (the default)") || value == "everybody"
                    },
                    "--\(option) (\(value)): \(help)"
                )
            }
        }
        #expect(count > 10)
    }
}
