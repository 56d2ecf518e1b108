import ArgumentParser
import Policy

struct GuideCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guide",
        abstract: "What to enter at the other side, with the values of this gateway.",
        discussion: """
            For the SIP server of your users: lcs, ocs, lync, cisco, kamailio. For the XMPP server of a partner: prosody, \
            ejabberd. What is still missing here is said first.

            isthmusctl guide lync --name sip.example.com
            """
    )

    @Argument(
        help: "lcs, ocs, lync, cisco, kamailio, prosody or ejabberd.",
        completion: .list(["lcs", "ocs", "lync", "cisco", "kamailio", "prosody", "ejabberd"])
    )
    var system: String
    @Option(
        help: ArgumentHelp("The gateway's name for SIP servers, if no certificate tells it yet.", valueName: "fqdn")
    )
    var name: String?
    @Option(help: ArgumentHelp("The gateway's address, if no edge tells it yet.", valueName: "ip"))
    var address: String?
    @OptionGroup var connection: Connection
    @OptionGroup var display: Display

    func run() async throws {
        let guide = try await self.connection.client().get(
            "guide",
            self.system,
            query: [("name", self.name), ("address", self.address)]
        )
        try Printer.show(guide, as: self.display.output) { Self.text(of: $0) }
    }

    static func text(of guide: DocumentValue) -> String {
        var lines = (guide["missing"]?.elements ?? []).map { "! \($0.summary)" }
        for section in guide["sections"]?.elements ?? [] {
            if !lines.isEmpty { lines.append("") }
            lines.append(section["title"]?.text ?? "")
            lines += (section["notes"]?.elements ?? []).map { "  \($0.summary)" }
            let fields = section["fields"]?.elements ?? []
            let width = fields.map { $0["name"]?.text?.count ?? 0 }.max() ?? 0
            for field in fields {
                let name = field["name"]?.text ?? ""
                lines.append(
                    "  \(name)\(String(repeating: " ", count: width - name.count))  \(field["value"]?.text ?? "")"
                )
            }
            lines += (section["lines"]?.elements ?? []).map { "    \($0.summary)" }
        }
        return lines.joined(separator: "\n")
    }
}
