public import ArgumentParser
import Foundation

/// The administrator's command line: a client of policy-service's API.
public struct Isthmusctl: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "isthmusctl",
        abstract: "Administers an Isthmus gateway.",
        discussion: """
            The API is found at --api, else at ISTHMUS_API, else where .isthmus/env says (as `make up` writes it), else at \
            http://127.0.0.1:8080. The token is read from the file that --token-file, ISTHMUS_TOKEN_FILE or .isthmus/env \
            names. Every change can be previewed with --dry-run.
            """,
        version: "isthmusctl \(Release.current)",
        subcommands: [
            PartnerCommand.self, SettingsCommand.self, DomainCommand.self, UserCommand.self, RouteCommand.self,
            HostCommand.self, PolicyCommand.self, ApplyCommand.self, ExportCommand.self, BackupCommand.self,
            ConfigCommand.self,
            ContactCommand.self,
            ExplainCommand.self, GuideCommand.self, TestCommand.self, PreflightCommand.self, SubscriptionCommand.self,
            EdgeCommand.self,
            StreamCommand.self, RefusalCommand.self, AuditCommand.self, CertificateCommand.self, DNSCommand.self,
            DialbackCommand.self, TokenCommand.self, StatusCommand.self, KeysCommand.self, CompletionCommand.self,
        ]
    )

    public init() {}

    /// Does what the arguments of the process say, and ends it.
    public static func start() async {
        if let answer = Misnomer.answer(to: CommandLine.arguments.dropFirst()) {
            StandardError.print("Error: \(answer)")
            Foundation.exit(ExitCode.validationFailure.rawValue)
        }
        await Self.main()
    }
}
