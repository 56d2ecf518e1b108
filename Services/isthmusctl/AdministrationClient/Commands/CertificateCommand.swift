import ArgumentParser
import Foundation
import Policy

struct CertificateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate",
        abstract: "Certificates of the gateway, requests for them, and whom it trusts.",
        subcommands: [
            List.self, Show.self, Request.self, Renew.self, Import.self, Check.self, Assign.self, Export.self,
            Revoke.self, Remove.self,
            RotateMasterKey.self, TrustCommand.self, AccountCommand.self,
        ]
    )

    private static let columns = ["id", "friendly-name", "state", "uses", "names", "key", "not-after"]

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists certificates and pending requests.",
            discussion: "isthmusctl certificate list"
        )

        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let items = try await self.connection.client().get("certificates")["items"]?.elements ?? []
            try Printer.list(items, as: self.display.output, columns: columns)
            guard self.display.output == .table else { return }
            for item in items {
                for warning in item["warnings"]?.elements ?? [] {
                    print("warning: \(item["id"]?.text ?? ""): \(warning.summary)")
                }
                if let line = OrderWatch.line(about: item) { print(line) }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows one certificate or request.",
            discussion: "isthmusctl certificate show 3f2a"
        )

        @Argument(help: "Its id.") var id: String
        @OptionGroup var connection: Connection
        @OptionGroup var display: Display

        func run() async throws {
            let items = try await self.connection.client().get("certificates")["items"]?.elements ?? []
            try Printer.one(
                items.first { $0["id"]?.text == self.id },
                "certificate \(self.id); `isthmusctl certificate list` shows all",
                as: self.display.output
            )
        }
    }

    struct Request: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Makes a key and a request: to carry to a CA, for the internal CA, or for a CA that is asked by ACME.",
            discussion: """
                Says first what is asked for and, in a terminal, asks whether that is right.

                isthmusctl certificate request xmpp.example.com --dns-name example.com --use xmpp --csr xmpp.csr
                """
        )

        @Argument(help: "The common name: the server's FQDN, or the pool's; by default the first access name.")
        var commonName: String?
        @Option(
            name: .customLong("dns-name"),
            help: ArgumentHelp("A subject alternative name; may be repeated.", valueName: "name")
        )
        var dnsNames: [String] = []
        @Option(help: ArgumentHelp("xmpp or sip; may be repeated.", valueName: "use")) var use: [String] = []
        @Option(help: ArgumentHelp("rsa-2048, rsa-3072, rsa-4096, ecdsa-p256 or ecdsa-p384.", valueName: "kind"))
        var key: String?
        @Option(help: "The name people know it by.") var friendlyName: String?
        @Option(help: "Organisation.") var organization: String?
        @Option(help: "Organisational unit.") var organizationalUnit: String?
        @Option(help: "Country, two letters.") var country: String?
        @Option(help: "State or province.") var state: String?
        @Option(help: "City.") var city: String?
        @Option(help: "Microsoft's certificate template.") var template: String?
        @Flag(help: "Whether the private key may leave cert-service.") var exportable = false
        @Option(
            help: ArgumentHelp(
                "Who signs: csr (a CA that you carry the request to; the default), internal, or acme.",
                valueName: "issuer"
            )
        )
        var issuer: String?
        @Option(
            name: .customLong("xmpp-address"),
            help: ArgumentHelp(
                "A domain as xmppAddr too; some versions of ejabberd drop such streams. May be repeated.",
                valueName: "domain"
            )
        )
        var xmppAddresses: [String] = []
        @Flag(help: "Let the internal CA sign it at once: the same as --issuer internal.") var immediate = false
        @OptionGroup var deed: Deed
        @Flag(help: "Do not ask whether it is right.") var yes = false
        @Flag(help: "With --issuer acme: do not wait for the certificate.") var noWait = false
        @Option(name: .customLong("csr"), help: ArgumentHelp("Write the request to this file.", valueName: "file"))
        var file: String?
        @OptionGroup var connection: Connection

        func run() async throws {
            var members = Members()
            members.add("common-name", self.commonName)
            members.add("dns-names", self.dnsNames)
            members.add("uses", self.use)
            members.add("key", self.key)
            members.add("friendly-name", self.friendlyName)
            members.add("organization", self.organization)
            members.add("organizational-unit", self.organizationalUnit)
            members.add("country", self.country)
            members.add("state", self.state)
            members.add("city", self.city)
            members.add("template", self.template)
            members.add("exportable", self.exportable)
            members.add("xmpp-addresses", self.xmppAddresses)
            members.add("immediate", self.immediate)
            members.add("issuer", self.issuer)
            let client = try self.connection.client()
            guard try await self.confirm(members, client) else { return }
            let made = try await client.send(
                .post,
                ["certificates", "requests"],
                query: self.deed.query,
                .object(members.members)
            ).document
            if self.issuer == "acme" { return try await self.follow(made["id"]?.text ?? "", client) }
            let pem = made["certificate"]?.text ?? made["csr"]?.text ?? ""
            if let file = self.file {
                do {
                    try Data(pem.utf8).write(to: URL(filePath: file))
                } catch {
                    throw ClientError.unwritable(path: file, reason: error.localizedDescription)
                }
            }
            if self.file == nil || self.deed.display.output != .table {
                try Printer.outcome(made, of: self.deed) { _ in pem.hasSuffix("\n") ? String(pem.dropLast()) : pem }
            }
            let next =
                made["certificate"]?.text == nil
                ? " Carry the request to your CA; what comes back: isthmusctl certificate import FILE" : ""
            StandardError.print("It is known as \(made["id"]?.text ?? "?").\(next)")
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Brings in a certificate: PEM, DER, PKCS#7 or PKCS#12.",
            discussion: "isthmusctl certificate import xmpp.pem --use xmpp --dry-run"
        )

        @Argument(help: "The file.") var file: String
        @Option(help: ArgumentHelp("The file of its private key, if neither in it nor made here.", valueName: "file"))
        var keyFile: String?
        @OptionGroup var passphrase: PassphraseOptions
        @Flag(help: "Whether the private key in it may be exported again.") var exportable = false
        @Option(help: ArgumentHelp("Put it to this use: xmpp or sip; may be repeated.", valueName: "use")) var use:
            [String] = []
        @Option(help: "The name people know it by.") var friendlyName: String?
        @Flag(help: "Do not wait until DNS has its TLSA records.") var now = false
        @OptionGroup var deed: Deed
        @OptionGroup var connection: Connection

        func run() async throws {
            var members = Members()
            members.add("data", try contents(of: self.file).documentText)
            members.add("private-key", try self.keyFile.map { String(decoding: try contents(of: $0), as: UTF8.self) })
            members.add("password", try self.passphrase.text(for: self.file))
            members.add("uses", self.use)
            members.add("friendly-name", self.friendlyName)
            members.add("exportable", self.exportable)
            members.add("now", self.now)
            let client = try self.connection.client()
            let answer = try await client.send(
                .post,
                ["certificates"],
                query: self.deed.query,
                .object(members.members)
            ).document
            try Printer.outcome(answer, of: self.deed) { Table.object($0) }
        }
    }

    struct Assign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts a certificate to use, or with no --use out of use.",
            discussion: "isthmusctl certificate assign 3f2a --use xmpp --use sip"
        )

        @Argument(help: "Its id.") var id: String
        @Option(help: ArgumentHelp("xmpp or sip; may be repeated.", valueName: "use")) var use: [String] = []
        @Flag(help: "Do not wait until DNS has its TLSA records.") var now = false
        @OptionGroup var deed: Deed
        @OptionGroup var connection: Connection

        func run() async throws {
            let wish: DocumentValue = ["uses": DocumentValue(texts: self.use), "now": .flag(self.now)]
            let client = try self.connection.client()
            let path = ["certificates", self.id, "uses"]
            let answer = try await client.send(.put, path, query: self.deed.query, wish).document
            try Printer.outcome(answer, of: self.deed) { Table.object($0) }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Removes a certificate and its key, or a request.",
            discussion: "isthmusctl certificate remove 3f2a --reason \"replaced\""
        )

        @Argument(help: "Its id.") var id: String
        @OptionGroup var deed: Deed
        @OptionGroup var connection: Connection

        func run() async throws {
            let client = try self.connection.client()
            let answer = try await client.send(.delete, ["certificates", self.id], query: self.deed.query)
            try Printer.outcome(answer.document, of: self.deed) { _ in
                "The certificate \(self.id) and its key are gone."
            }
        }
    }
}
