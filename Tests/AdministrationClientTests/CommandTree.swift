import ArgumentParser

@testable import AdministrationClient

/// A command that does something, with the words that lead to it.
struct CommandLeaf: CustomStringConvertible, Sendable {
    let path: [String]
    let command: any ParsableCommand.Type

    var description: String { self.path.joined(separator: " ") }

    /// All of `isthmusctl`.
    static let all = Self.leaves(below: Isthmusctl.self, [])

    private static func leaves(below command: any ParsableCommand.Type, _ path: [String]) -> [CommandLeaf] {
        let further = command.configuration.subcommands
        guard !further.isEmpty else { return [CommandLeaf(path: path, command: command)] }
        return further.flatMap { self.leaves(below: $0, path + [$0._commandName]) }
    }

    /// Whether a command line's first words lead to a command, or to several that have them in common.
    static func exists(_ words: [String]) -> Bool {
        var command: any ParsableCommand.Type = Isthmusctl.self
        for word in words {
            let next = command.configuration.subcommands.first {
                $0._commandName == word || $0.configuration.aliases.contains(word)
            }
            guard let next else { return false }
            command = next
        }
        return true
    }
}

/// Command lines inside a text: in help, in advice.
enum CommandLines {
    /// Every `isthmusctl …` of a text, without what a shell does with it.
    static func all(in text: String) -> [[String]] {
        text.matches(of: /isthmusctl ((?:"[^"]*"|[^;,()`“”.\n>|]|\.(?=\S))*)/).map { self.words(String($0.output.1)) }
    }

    /// As a shell splits them.
    private static func words(_ line: String) -> [String] {
        line.matches(of: /"[^"]*"|\S+/).map { $0.output.filter { $0 != "\"" } }
    }

    /// The words before the first argument: those that name a command.
    static func command(_ words: [String]) -> [String] {
        var path: [String] = []
        for word in words {
            guard CommandLeaf.exists(path + [word]) else { break }
            path.append(word)
        }
        return path
    }
}
