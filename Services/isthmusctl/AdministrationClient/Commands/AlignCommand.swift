import ArgumentParser
import Policy

/// `domain align`: whether both servers of a split domain and the directory have the same users.
struct AlignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "align",
        abstract: "Whether the users of a split domain fit on both sides.",
        discussion: """
            Looks for addresses that one side cannot say, or that become one when they are mapped. With a list of the users of a \
            server, as `user import` reads it (a column `address`, or an address on a line), it also looks for users whom only \
            one side knows, and whose home is another than where their account is. The exit status is 2 when something does \
            not fit.

            isthmusctl domain align example.com --sip-users users.csv
            """
    )

    @Argument(help: ArgumentHelp("Which domain.", valueName: "domain")) var domain: String
    @Option(help: ArgumentHelp("The users of the SIP server; - for standard input.", valueName: "file"))
    var sipUsers: String?
    @Option(help: ArgumentHelp("The users of the XMPP server; - for standard input.", valueName: "file"))
    var xmppUsers: String?
    @OptionGroup var connection: Connection

    func run() async throws {
        let configuration = try await self.connection.client().get("configuration")
        let alignment: DomainAlignment
        do {
            alignment = try DomainAlignment(self.domain, configuration: configuration)
        } catch {
            throw ClientError.refused(Refusal(status: 409, ["title": .text(error.description)]))
        }
        let problems = alignment.problems(sip: try Self.users(self.sipUsers), xmpp: try Self.users(self.xmppUsers))
        for problem in problems { print(problem) }
        print(
            problems.isEmpty
                ? "\(self.domain) is aligned: \(alignment.count) users in the directory."
                : "\(problems.count) \(problems.count == 1 ? "problem" : "problems") with \(alignment.count) users in the directory."
        )
        if !problems.isEmpty { throw ExitCode(2) }
    }

    /// The addresses of a list.
    private static func users(_ file: String?) throws -> [String]? {
        guard let file else { return nil }
        do {
            return try UserList(csv: try InputFile.text(of: file)).entries.map(\.address)
        } catch let error as ContactListError {
            throw ClientError.badFile(path: file, reason: error.description)
        }
    }
}
