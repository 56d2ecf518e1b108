import Foundation

/// A real baresip as the phone of juliet@sip.test behind a SIP server, with romeo@xmpp.test in its contacts.
///
/// It registers, publishes its presence and subscribes to that of its contact by itself; a test tells it the rest, as a person would.
public final class Baresip: Sendable {
    public static let executable = "/usr/bin/baresip"

    private static let controlPort = 4444
    private static let consolePort = 5555
    private let scratch: Scratch
    private let process: ChildProcess
    private let console: ChildProcess
    private let address: String

    public init(at address: String, server: String) throws {
        self.address = address
        self.scratch = try Scratch("baresip")
        try self.scratch.write(
            """
            sip_listen \(address):5060
            net_interface \(address)
            module_path /usr/lib/baresip/modules
            module_tmp account.so
            module_app contact.so
            module_app menu.so
            module_app ctrl_tcp.so
            module_app presence.so
            module_app cons.so
            ctrl_tcp_listen \(address):\(Self.controlPort)
            cons_listen \(address):\(Self.consolePort)

            """,
            to: "config"
        )
        let proxy = "outbound=\"sip:\(server):5060;transport=tcp\""
        try self.scratch.write(
            "<sip:juliet@sip.test;transport=tcp>;auth_pass=none;\(proxy);regint=600;pubint=600\n",
            to: "accounts"
        )
        try self.scratch.write("\"Romeo\" <sip:romeo@xmpp.test>;presence=p2p\n", to: "contacts")
        self.process = try ChildProcess(
            Self.executable,
            ["-f", self.scratch.folder.path],
            log: self.scratch.file("baresip.log")
        )
        let look = #"""
            until (exec 3<>"/dev/tcp/$0/$1") 2>/dev/null; do sleep 0.1; done
            exec 3<>"/dev/tcp/$0/$1" && exec cat <&3
            """#
        self.console = try ChildProcess(
            "/bin/bash",
            ["-c", look, address, "\(Self.consolePort)"],
            log: self.scratch.file("screen")
        )
    }

    /// What it shows to its user, messages among it.
    public func screen() throws -> String { try String(contentsOf: self.console.log, encoding: .utf8) }

    /// Tells it a command of its menu, and returns what it says to that.
    ///
    /// A command is a JSON object in a netstring (its ctrl_tcp module).
    @discardableResult
    public func command(_ name: String, _ parameters: String = "") async throws -> String {
        let text = #"{"command":"\#(name)","params":"\#(parameters)"}"#
        let talk =
            #"exec 3<>"/dev/tcp/$0/$1" && printf %s "$2" >&3 && IFS= read -r -t 5 -d "}" said <&3 && echo "$said""#
        let run = try await ChildProcess.run(
            "/bin/bash",
            ["-c", talk, self.address, "\(Self.controlPort)", "\(text.utf8.count):\(text),"]
        )
        guard run.status == 0 else { throw WorldError(description: "baresip does not take “\(name)”: \(run.output)") }
        return run.output
    }

    public func stop() async throws {
        self.console.kill()
        try await self.process.stop()
    }
}
