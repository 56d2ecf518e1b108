import ArgumentParser

/// The options of every command that asks the API.
struct Connection: ParsableArguments {
    @Option(help: ArgumentHelp("Where policy-service's API is.", valueName: "url"))
    var api: String?

    @Option(help: ArgumentHelp("The file with the API token.", valueName: "file"), completion: .file())
    var tokenFile: String?

    func client() throws -> APIClient {
        let surroundings = Surroundings()
        let base = try surroundings.endpoint(self.api)
        let (token, file) = try surroundings.token(self.tokenFile)
        return APIClient(base: base, token: token, tokenFile: file)
    }
}

/// The options of commands that show something.
struct Display: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, yaml }

    @Option(name: .shortAndLong, help: "How to print.")
    var output: Format = .table
}

/// The options of commands that change something.
struct Change: ParsableArguments {
    @Flag(help: "Only say what would change.")
    var dryRun = false

    @Option(help: ArgumentHelp("Why, for the audit log.", valueName: "text"))
    var reason: String?

    @Option(
        help: ArgumentHelp("Change nothing unless the configuration is still at this version.", valueName: "version")
    )
    var base: Int?

    @Flag(help: "Print every change, however many there are; without it the first hundred.")
    var full = false

    @OptionGroup var display: Display

    var query: [(String, String?)] {
        [
            ("dry-run", self.dryRun ? "true" : nil), ("reason", self.reason), ("full", self.full ? "1" : nil),
        ]
    }
}

/// The options of commands that change something which has no versions: a certificate, a token, the store as a whole.
struct Deed: ParsableArguments {
    @Flag(help: "Only say what would change.")
    var dryRun = false

    @Option(help: ArgumentHelp("Why, for the audit log.", valueName: "text"))
    var reason: String?

    @OptionGroup var display: Display

    var query: [(String, String?)] { [("dry-run", self.dryRun ? "true" : nil), ("reason", self.reason)] }
}
