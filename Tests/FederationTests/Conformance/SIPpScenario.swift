/// The part of one SIP user in a scene, as a scenario of SIPp.
///
/// The scene says what matters; what makes it a request of this dialog and transaction is put in here, as any SIP user agent would.
struct SIPpScenario {
    /// The text of the scenario's file.
    let text: String
    /// Whether SIPp begins: then it is told where to.
    let isClient: Bool

    init(_ steps: [ConformanceScene.Step], address: String, placeholders: Placeholders) throws {
        guard let first = steps.first else { throw SceneError(description: "a SIP user without a part") }
        var writer = Writer(address: address, isClient: first.verb == .sends, placeholders: placeholders)
        for step in steps { try writer.write(step) }
        self.isClient = first.verb == .sends
        self.text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <scenario name="a scene">
            \(writer.commands.joined(separator: "\n"))
            </scenario>

            """
    }

    private struct Writer {
        let address: String
        let isClient: Bool
        let placeholders: Placeholders
        var commands: [String] = []
        /// Whether an INVITE or a SUBSCRIBE has made a dialog.
        private var hasDialog = false
        private var cSeq = 0
        private var inviteCSeq = 0
        private var received: String?
        private var sent: String?
        /// From and To of a client's first request.
        private var from = ""
        private var to = ""

        init(address: String, isClient: Bool, placeholders: Placeholders) {
            self.address = address
            self.isClient = isClient
            self.placeholders = placeholders
        }

        private static let tag = "tag=[pid]t[call_number]"
        private static let makesDialog: Set<String> = ["INVITE", "SUBSCRIBE"]
        /// What belongs to the transaction and is never taken from a scene.
        private static let own: Set<String> = ["via", "max-forwards", "call-id", "cseq", "content-length"]

        mutating func write(_ step: ConformanceScene.Step) throws {
            let message = try SIPText(self.placeholders.filled(step.text))
            switch step.verb {
            case .receives: self.receive(message)
            case .answers: self.answer(message)
            case .sends: try self.send(message)
            case .comes, .leaves: throw SceneError(description: "SIP users do not log in")
            }
        }

        private mutating func receive(_ message: SIPText) {
            if let status = message.status {
                if self.sent == "INVITE" { self.commands.append("<recv response=\"100\" optional=\"true\"/>") }
                let takesRoute = Self.makesDialog.contains(self.sent ?? "") && (200..<300).contains(status)
                self.commands.append("<recv response=\"\(status)\"\(takesRoute ? " rrs=\"true\"" : "")/>")
                if takesRoute { self.hasDialog = true }
                return
            }
            let method = message.method ?? ""
            let takesRoute = Self.makesDialog.contains(method)
            let route = takesRoute ? " rrs=\"true\"" : ""
            if self.received == nil, !self.isClient {
                self.commands.append(
                    """
                    <recv request="\(method)"\(route)><action>
                    <ereg regexp=".*" search_in="hdr" header="From:" assign_to="remote"/>
                    <ereg regexp=".*" search_in="hdr" header="To:" assign_to="local"/>
                    </action></recv>
                    <Reference variables="remote,local"/>
                    """
                )
            } else {
                self.commands.append("<recv request=\"\(method)\"\(route)/>")
            }
            self.received = method
        }

        private mutating func answer(_ message: SIPText) {
            let makesDialog = Self.makesDialog.contains(self.received ?? "")
            var lines = [message.startLine, "[last_Via:]", "[last_From:]"]
            lines.append(self.hasDialog ? "[last_To:]" : "[last_To:];\(Self.tag)")
            lines += ["[last_Call-ID:]", "[last_CSeq:]"]
            if makesDialog, message.values("Contact").isEmpty { lines.append(self.contact) }
            self.finish(lines, message)
            if makesDialog, (200..<300).contains(message.status ?? 0) { self.hasDialog = true }
        }

        private mutating func send(_ message: SIPText) throws {
            guard let method = message.method else { throw SceneError(description: "a response is answered") }
            if method != "ACK" { self.cSeq += 1 }
            if method == "INVITE" { self.inviteCSeq = self.cSeq }
            let target = message.startLine.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            let uri = target == "{dialog}" ? "[next_url]" : target
            var lines = ["\(method) \(uri) SIP/2.0"]
            // RFC 5923: requests to this user may come over the same connection.
            lines.append("Via: SIP/2.0/[transport] [local_ip]:5060;branch=[branch];alias")
            lines.append("Max-Forwards: 70")
            lines += self.parties(message, target)
            lines += ["Call-ID: [call_id]", "CSeq: \(method == "ACK" ? self.inviteCSeq : self.cSeq) \(method)"]
            if ["INVITE", "SUBSCRIBE", "NOTIFY"].contains(method), message.values("Contact").isEmpty {
                lines.append(self.contact)
            }
            self.finish(lines, message)
            self.sent = method
        }

        /// From and To of a request.
        private mutating func parties(_ message: SIPText, _ target: String) -> [String] {
            if !self.isClient { return ["From:[$local];\(Self.tag)", "To:[$remote]"] }
            if self.from.isEmpty || !self.hasDialog {
                self.from = message.values("From").first ?? "<sip:\(self.address)>"
                self.to = message.values("To").first ?? "<\(target)>"
            }
            return ["From: \(self.from);\(Self.tag)", "To: \(self.to)\(self.hasDialog ? "[peer_tag_param]" : "")"]
        }

        private var contact: String {
            let user = self.address.prefix { $0 != "@" }
            return "Contact: <sip:\(user)@[local_ip]:[local_port];transport=[transport]>"
        }

        /// Adds what the scene says.
        private mutating func finish(_ lines: [String], _ message: SIPText) {
            let others = message.headers.filter {
                !Self.own.contains($0.name.lowercased()) && !["from", "to"].contains($0.name.lowercased())
            }
            let lines = lines + others.map { "\($0.name): \($0.value)" }
            let length = message.body.isEmpty ? "0" : "[len]"
            let head = (lines + ["Content-Length: \(length)"]).joined(separator: "\n")
            self.commands.append("<send><![CDATA[\n\(head)\n\n\(message.body)]]></send>")
        }
    }
}
