import Foundation

/// A real Kamailio as the SIP server of sip.test: registrar, proxy and presence agent, behind which the users' phones are.
///
/// What is for xmpp.test it sends to the gateway, and stays in the way of what follows (Record-Route). It keeps everything in memory.
public final class Kamailio: Sendable {
    /// How it and the gateway are connected.
    ///
    /// Over TLS each side shows a certificate, and takes no request without one.
    public enum Transport: String, Sendable, CaseIterable { case tcp, tls }

    /// The name in its certificate, which BIND knows.
    public static let name = "kamailio.sip.test"
    public static let executable = "/usr/sbin/kamailio"

    /// What sip-edge is told in a world with a Kamailio, which sends to our Contact: by itself the edge says the address of each connection, and the
    /// connections to a next hop come from another one of the loopback.
    public static func settings(_ number: Int) -> [String: String] {
        ["SIP_EDGE_SIP_ADVERTISE": World.edgeAddress(number)]
    }

    private let scratch: Scratch
    private let process: ChildProcess

    /// Starts it at the address of the SIP server, and sets the gateway to it.
    public init(_ transport: Transport, in world: World) async throws {
        self.scratch = try Scratch("kamailio")
        if transport == .tls { try await Self.exchangeCertificates(with: world, in: self.scratch) }
        let file = try self.scratch.write(
            try Self.configuration(transport, in: world, folder: self.scratch.folder.path),
            to: "kamailio.cfg"
        )
        self.process = try ChildProcess(
            Self.executable,
            ["-DD", "-E", "-f", file.path, "-m", "64", "-M", "8", "-Y", self.scratch.folder.path],
            log: self.scratch.file("kamailio.log")
        )
        try await eventually("Kamailio to listen: \((try? self.log()) ?? "")") {
            let talk = try await ChildProcess.run("/bin/bash", ["-c", "exec 3<>/dev/tcp/$0/5060", world.sipAddress])
            return talk.status == 0
        }
    }

    /// What it was asked, a line for each request: method, from, to, and the address it came from.
    public func log() throws -> String { try String(contentsOf: self.process.log, encoding: .utf8) }

    public func stop() async throws { try await self.process.stop() }

    /// Each side gets the root of the other; the gateway knows Kamailio by its name from now on, not by its address.
    private static func exchangeCertificates(with world: World, in scratch: Scratch) async throws {
        let authority = try TestAuthority("SIP servers")
        let identity = try authority.issue("DNS:\(self.name),DNS:sip.test")
        try Data(identity.chainPEM).write(to: scratch.file("certificate.pem"))
        try Data(identity.keyPEM).write(to: scratch.file("key.pem"))
        try Data(authority.rootPEM).write(to: scratch.file("root.pem"))
        let root = scratch.file("root.pem").path
        try await world.isthmusctl("certificate", "trust", "add", root, "--use", "sip")
        try await world.isthmusctl("host", "remove", world.sipAddress)
        try await world.isthmusctl("host", "add", self.name)
        let next = ["--next-hop", self.name, "--port", "5061", "--transport", "tls"]
        try await world.isthmusctl(["route", "set", try await world.route()] + next)
        try scratch.write(
            """
            [server:default]
            method = TLSv1.2+
            certificate = \(scratch.file("certificate.pem").path)
            private_key = \(scratch.file("key.pem").path)
            ca_list = \(world.scratch.file("ca/isthmus-ca.crt").path)
            verify_certificate = yes
            require_certificate = yes
            [client:default]
            method = TLSv1.2+
            certificate = \(scratch.file("certificate.pem").path)
            private_key = \(scratch.file("key.pem").path)
            ca_list = \(world.scratch.file("ca/isthmus-ca.crt").path)
            verify_certificate = yes
            require_certificate = yes

            """,
            to: "tls.cfg"
        )
    }

    private static func configuration(_ transport: Transport, in world: World, folder: String) throws -> String {
        // Debian keeps the modules under the folder of the architecture.
        guard
            let modules = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib")
                .map({ "/usr/lib/\($0)/kamailio/modules/" }).first(where: FileManager.default.fileExists)
        else { throw WorldError(description: "Kamailio's modules are not here") }
        let isTLS = transport == .tls
        return """
            #!KAMAILIO
            debug=1
            log_stderror=yes
            children=1
            tcp_children=2
            tcp_source_ipv4=\(world.sipAddress)
            enable_tls=\(isTLS ? "yes" : "no")
            dns=no
            rev_dns=no
            auto_aliases=no
            alias="sip.test"
            listen=tcp:\(world.sipAddress):5060
            \(isTLS ? "listen=tls:\(world.sipAddress):5061" : "")
            mpath="\(modules)"
            loadmodule "tm.so"
            loadmodule "sl.so"
            loadmodule "rr.so"
            loadmodule "pv.so"
            loadmodule "siputils.so"
            loadmodule "textops.so"
            loadmodule "maxfwd.so"
            loadmodule "xlog.so"
            loadmodule "usrloc.so"
            loadmodule "registrar.so"
            loadmodule "presence.so"
            loadmodule "presence_xml.so"
            \(isTLS ? "loadmodule \"tls.so\"\nmodparam(\"tls\", \"config\", \"\(folder)/tls.cfg\")" : "")
            modparam("presence", "subs_db_mode", 0)
            modparam("presence", "publ_cache", 2)
            modparam("presence", "db_url", "")
            modparam("presence_xml", "db_url", "")
            modparam("presence_xml", "force_active", 1)
            modparam("presence", "server_address", "sip:\(isTLS ? self.name : world.sipAddress):\(isTLS ? "5061;transport=tls" : "5060;transport=tcp")")
            request_route {
                xlog("L_ALERT", "request $rm $fu $ru $proto $si\\n");
                if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
                if (has_totag() && loose_route()) { t_relay(); exit; }
                if (is_method("REGISTER")) { save("location"); exit; }
                if (is_method("OPTIONS") && uri == myself) { sl_send_reply("200", "OK"); exit; }
                if ($rd == "xmpp.test") {
                    record_route();
                    $du = "sip:\(world.edgeAddress):\(isTLS ? 5061 : 5060);transport=\(transport.rawValue)";
                    t_relay();
                    exit;
                }
                if (is_method("PUBLISH|SUBSCRIBE")) {
                    if (!t_newtran()) { sl_reply_error(); exit; }
                    if (is_method("PUBLISH")) { handle_publish(); } else { handle_subscribe(); }
                    exit;
                }
                if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
                t_relay();
            }

            """
    }
}
