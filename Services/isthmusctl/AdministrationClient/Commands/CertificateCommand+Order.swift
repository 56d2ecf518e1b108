import ArgumentParser
import Foundation
import Glibc
import Policy

extension CertificateCommand.Request {
    /// Says what is asked for; in a terminal also asks whether that is right.
    ///
    /// - Returns: Whether to go on.
    func confirm(_ members: Members, _ client: APIClient) async throws -> Bool {
        var asked = members
        asked.add("dry-run", true)
        let wish = DocumentValue.object(asked.members)
        let answer = try await client.send(.post, ["certificates", "requests"], wish).document
        let summary = Table.cleaned(lines: answer["summary"]?.text ?? "")
        guard !self.deed.dryRun else {
            print(summary, terminator: "")
            return false
        }
        StandardError.print(summary)
        guard !self.yes, isatty(STDIN_FILENO) == 1 else { return true }
        StandardError.print("Make the key and the request? [y/N]")
        guard readLine()?.lowercased().hasPrefix("y") == true else {
            StandardError.print("Nothing is made.")
            return false
        }
        return true
    }

    /// Shows how far the order is, until the certificate is there.
    func follow(_ id: String, _ client: APIClient) async throws {
        StandardError.print("It is known as \(id).")
        guard !self.noWait else { return }
        try await OrderWatch(client: client).follow(id)
    }
}

extension CertificateCommand {
    struct Renew: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Asks again for what a certificate was asked for, with a new key.",
            discussion: """
                One of an ACME CA is ordered at once, whatever its schedule says; an order that waits for its next \
                attempt begins now. For one that was carried to a CA there is a new request to carry there. What is in \
                use stays until the new one is there.

                isthmusctl certificate renew 3f2a
                """
        )

        @Argument(help: "Its id.") var id: String
        @OptionGroup var deed: Deed
        @Flag(help: "Do not wait for the certificate.") var noWait = false
        @OptionGroup var connection: Connection

        func run() async throws {
            let client = try self.connection.client()
            let path = ["certificates", self.id, "renewals"]
            let record = try await client.send(.post, path, query: self.deed.query).document
            guard !self.deed.dryRun else { return try Printer.outcome(record, as: self.deed.display.output) }
            let id = record["id"]?.text ?? ""
            guard record["order"]?.members != nil else {
                print("The request \(id) waits in the folder of requests of cert-service, for you to carry to the CA.")
                return
            }
            StandardError.print("The new one is known as \(id).")
            guard !self.noWait else { return }
            try await OrderWatch(client: client).follow(id)
        }
    }
}
