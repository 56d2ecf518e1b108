import ArgumentParser
import Foundation
import Policy

extension CertificateCommand {
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether a certificate serves a use, item by item, and what to do about it.",
            discussion: """
                SUBJECT is a file (PEM, DER, PKCS#7, PKCS#12), the id of a certificate that cert-service keeps, or HOST:PORT of a \
                server, to which this program connects itself: by STARTTLS as an XMPP server, with --use sip by TLS. Names, trust \
                and revocation lists are those of the gateway. The exit status is 0 when nothing is bad, and 2 when something is.

                isthmusctl certificate check xmpp.example.com:5269 --name example.com
                """
        )

        @Argument(help: ArgumentHelp("A file, an id, or HOST:PORT.", valueName: "subject")) var subject: String
        @Option(help: ArgumentHelp("xmpp or sip; without it both.", valueName: "use")) var use: [String] = []
        @Option(
            name: .customLong("name"),
            help: ArgumentHelp(
                "A name it must have, instead of those that the configuration needs; may be repeated.",
                valueName: "name"
            )
        )
        var names: [String] = []
        @Flag(help: "The server speaks TLS from the first byte (XEP-0368), as SIP servers do anyway.")
        var directTLS = false
        @OptionGroup var passphrase: PassphraseOptions
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            var uses = self.use
            var members = Members()
            if FileManager.default.fileExists(atPath: self.subject) {
                members.add("data", try contents(of: self.subject).documentText)
                members.add("password", try self.passphrase.text(for: self.subject))
            } else if let server = ServerAddress(self.subject) {
                if uses.isEmpty { uses = [server.port == "5060" || server.port == "5061" ? "sip" : "xmpp"] }
                let name = self.names.first ?? server.host
                let form: CertificateProbe.Form = uses == ["sip"] || self.directTLS ? .direct : .xmpp(domain: name)
                StandardError.progress("Asking \(server.host) port \(server.port) for its certificate …")
                members.add("data", try CertificateProbe(server, form, serverName: name).chain())
            } else {
                members.add("id", self.subject)
            }
            members.add("uses", uses)
            members.add("names", self.names)
            let client = try self.connection.client()
            let report = try await client.send(.post, ["certificates", "checks"], .object(members.members)).document
            try Printer.show(report, as: self.display.output) { TestRun.text(of: $0) }
            if report["passed"]?.flag != true { throw ExitCode(2) }
        }
    }
}
