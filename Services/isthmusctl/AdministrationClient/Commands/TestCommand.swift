import ArgumentParser
import Policy

struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Tests what is configured, step by step; nothing is changed by it.",
        discussion: """
            The edges walk, with their certificates and by the partner's rules, so that what a test meets is what messages meet. \
            Where no edge is alive, policy-service walks as far as it can, and the first step says so. The exit status is 0 when \
            nothing is bad and 2 when something is.
            """,
        subcommands: [TestPartner.self, Route.self, Certificate.self, DNS.self, Message.self]
    )

    struct TestPartner: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "partner",
            abstract:
                "Has an xmpp-edge open a stream to a partner: DNS, address, connection, TLS, certificate, authentication.",
            discussion: """
                The stream is made as any other, by the certificate of --from and the partner's row of the negotiation table; it \
                carries nothing, and is closed as soon as it could. Streams that live are left alone.

                isthmusctl test partner example.net
                isthmusctl test partner example.net --from example.com --edge all
                """
        )

        @Argument(help: "A domain of a partner.") var domain: String
        @Option(help: ArgumentHelp("The domain of yours that calls; the first one if not given.", valueName: "domain"))
        var from: String?
        @OptionGroup var walker: Walker
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            try await TestRun(self.connection, self.display).run(
                ["partners", self.domain],
                "the partner \(self.domain)",
                query: [("from", self.from)] + self.walker.query
            )
        }
    }

    struct Route: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Has a sip-edge ask the servers of a route for OPTIONS, and says whether it may send back.",
            discussion: """
                Each server that DNS names is asked, over a connection of its own, with the certificate that messages would show.

                isthmusctl test route r1
                isthmusctl test route r1 --edge all
                """
        )

        @Argument(help: "The id of the route; `route list` shows it.") var id: String
        @OptionGroup var walker: Walker
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            try await TestRun(self.connection, self.display).run(
                ["routes", self.id],
                "the route \(self.id)",
                query: self.walker.query
            )
        }
    }

    /// Who walks, and why.
    struct Walker: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "The edge that walks, as `edge list` names it, or all of them; the one that messages would take if not given.",
                valueName: "edge"
            )
        )
        var edge: String?
        @Option(help: ArgumentHelp("Why, for the audit log.", valueName: "text")) var reason: String?

        var query: [(String, String?)] { [("edge", self.edge), ("reason", self.reason)] }
    }

    struct Certificate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether the certificates serve the domains, and for how long.",
            discussion: "isthmusctl test certificate"
        )

        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            try await TestRun(self.connection, self.display).run(["certificates"], "the certificates")
        }
    }

    struct DNS: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether DNS is as the gateway wants it.",
            discussion: "isthmusctl test dns"
        )

        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws { try await TestRun(self.connection, self.display).run(["dns"], "DNS") }
    }

    /// What Lync's `Test-CsXmppIM` is for.
    struct Message: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "im",
            abstract: "Sends a test message between two people, and says how far it came.",
            discussion: """
                A real message goes out in the name of --from: a user of yours who writes to a contact, or a contact who writes to a \
                user of yours. It says that it is a test of the administrator, and nothing else. With --dry-run none is sent: the \
                decision and the way are shown.

                isthmusctl test im --from juliet@example.com --to romeo@example.net
                """
        )

        @Option(help: ArgumentHelp("In whose name it is sent.", valueName: "address")) var from: String
        @Option(help: ArgumentHelp("Who gets it.", valueName: "address")) var to: String
        @Flag(help: "Send nothing; only look at the decision and the way.") var dryRun = false
        @Option(help: ArgumentHelp("Why, for the audit log.", valueName: "text")) var reason: String?
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            if self.dryRun { return try await self.lookAtTheWay() }
            try await TestRun(self.connection, self.display).run(
                ["messages"],
                "a message from \(self.from) to \(self.to)",
                query: [("reason", self.reason)],
                ["from": .text(self.from), "to": .text(self.to)]
            )
        }

        private func lookAtTheWay() async throws {
            let client = try self.connection.client()
            let answer = try await client.get("explain", query: [("from", self.from), ("to", self.to), ("kind", "im")])
            print(ExplainCommand.text(of: answer))
            guard answer["allowed"]?.flag == true else { throw ExitCode(2) }
            print("")
            let run = TestRun(self.connection, self.display)
            guard answer["direction"]?.text == "outbound" else {
                guard let id = answer["routes"]?.elements?.first?.text else { throw ExitCode(2) }
                return try await run.run(["routes", id], "the route \(id)")
            }
            let domain = answer["to"]?.text?.split(separator: "@").last.map { String($0) } ?? ""
            let local = answer["from"]?.text?.split(separator: "@").last.map { String($0) }
            try await run.run(["partners", domain], "the partner \(domain)", query: [("from", local)])
        }
    }
}

struct PreflightCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preflight",
        abstract: "What is ready for a domain's cut-over, and what is not.",
        discussion: """
            Certificates, listeners, partners, routes and DNS can be prepared in any order; when nothing here is bad any more, \
            the domain can be switched over. The exit status is 0 then, and 2 before.

            isthmusctl preflight example.com
            """
    )

    @Argument(help: "A domain of yours.") var domain: String
    @OptionGroup var connection: Connection
    @OptionGroup var display: Display

    func run() async throws {
        try await TestRun(self.connection, self.display).run(
            ["preflight", self.domain],
            "everything \(self.domain) needs"
        )
    }
}

/// Asks for a test and prints its steps.
struct TestRun {
    private let connection: Connection
    private let display: Display

    init(_ connection: Connection, _ display: Display) { (self.connection, self.display) = (connection, display) }

    func run(
        _ path: [String],
        _ what: String,
        query: [(String, String?)] = [],
        _ document: DocumentValue? = nil
    ) async throws {
        StandardError.progress("Testing \(what) …")
        let report = try await self.connection.client().send(.post, ["tests"] + path, query: query, document).document
        try Printer.show(report, as: self.display.output) { Self.text(of: $0) }
        if report["passed"]?.flag != true { throw ExitCode(2) }
    }

    static func text(of report: DocumentValue) -> String {
        let steps = report["steps"]?.elements ?? []
        let width = steps.map { $0["step"]?.text?.count ?? 0 }.max() ?? 0
        var lines: [String] = []
        for step in steps {
            let mark = ["good": "✓", "warning": "!", "bad": "✗"][step["outcome"]?.text ?? ""] ?? "·"
            let name = step["step"]?.text ?? ""
            let reason = step["reason"]?.text.flatMap { $0.isEmpty ? nil : " (\($0))" } ?? ""
            let padding = String(repeating: " ", count: width - name.count)
            lines.append("\(mark) \(name)\(padding)  \(step["text"]?.summary ?? "")\(reason)")
            let remedy = step["remedy"]?.text ?? ""
            if !remedy.isEmpty { lines.append(String(repeating: " ", count: width + 4) + remedy) }
        }
        let bad = steps.count { $0["outcome"]?.text == "bad" }
        lines.append(bad == 0 ? "Nothing is wrong." : "\(bad) of \(steps.count) steps \(bad == 1 ? "is" : "are") bad.")
        return lines.map(\.withoutControls).joined(separator: "\n")
    }
}
