import ArgumentParser
import ZeroMQ

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "The keys with which the services know each other.",
        subcommands: [Init.self]
    )

    struct Init: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "init",
            abstract: "Makes a pair of keys for every service, in place of those that are there.",
            discussion: """
                After new keys were made, all services have to be started again: one alone no longer knows the others.

                isthmusctl keys init --directory keys --only-missing
                """
        )

        @Option(
            help: ArgumentHelp(
                "Where the keys are kept: SERVICE.secret (0600) and SERVICE.public.",
                valueName: "folder"
            )
        )
        var directory: String

        @Flag(help: "Leave keys that are there as they are.")
        var onlyMissing = false

        @Flag(help: "Replace keys that are there (what happens without --only-missing as well).")
        var rotate = false

        func validate() throws {
            if self.onlyMissing, self.rotate {
                throw ValidationError("--only-missing and --rotate contradict each other.")
            }
        }

        func run() async throws {
            let made: [String]
            do throws(BusKeysError) {
                made = try BusKeys.generate(in: self.directory, onlyMissing: self.onlyMissing)
            } catch {
                throw ClientError.unreadable(path: error.path, reason: error.problem)
            }
            guard !made.isEmpty else { return print("All keys are there already.") }
            print("New keys in \(self.directory) for \(made.joined(separator: ", ")).")
        }
    }
}
