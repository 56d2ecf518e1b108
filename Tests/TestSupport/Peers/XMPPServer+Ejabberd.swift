import Foundation

extension XMPPServer {
    func configureEjabberd(gateway: String) throws {
        let folder = self.scratch.folder.path
        try self.scratch.write(
            """
            hosts: [ "\(self.domain)" ]
            loglevel: debug
            certfiles: [ "\(folder)/both.pem" ]
            ca_file: "\(folder)/trusted.pem"
            s2s_cafile: "\(folder)/trusted.pem"
            s2s_use_starttls: \(self.method == .tcpDialback ? "false" : "required")
            outgoing_s2s_families: [ ipv4 ]
            # It tries a server that was down again after a time of up to this many seconds.
            s2s_max_retry_delay: 1
            listen:
              - { port: 5269, ip: "\(self.address)", module: ejabberd_s2s_in, max_stanza_size: 524288 }
              - { port: 5222, ip: "\(self.address)", module: ejabberd_c2s, max_stanza_size: 524288 }
            auth_method: anonymous
            anonymous_protocol: login_anon
            allow_multiple_connections: true
            default_db: mnesia
            s2s_access: all
            modules: { mod_disco: {}, mod_roster: {}\(self.method == .external ? "" : ", mod_s2s_dialback: {}") }

            """,
            to: "ejabberd.yml"
        )
        let address = self.nameServer.address.replacing(".", with: ",")
        try self.scratch.write(
            """
            {resolv_conf, ""}.
            {lookup, [file, dns]}.
            {nameserver, {\(address)}, \(self.nameServer.port)}.

            """,
            to: "inetrc"
        )
        // It asks the name server for SRV alone; addresses come from the system's resolver, which is told this one.
        try self.scratch.write("\(gateway) xmpp.sip.test\n", to: "hosts")
    }

    /// Without Erlang's distribution, and so without epmd.
    func startEjabberd() throws -> ChildProcess {
        // Debian keeps Erlang's libraries under the folder of the architecture.
        let libraries = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib")
            .filter { $0.hasSuffix("-linux-gnu") }.map { "/usr/lib/\($0)" }
        return try ChildProcess(
            "/usr/bin/env",
            [
                "--default-signal=TERM", "erl", "-noinput", "+K", "true", "-mnesia", "dir",
                "\"\(self.scratch.file("data").path)\"", "-s", "ejabberd",
            ],
            environment: [
                "HOME": self.scratch.folder.path,
                "ERL_LIBS": libraries.joined(separator: ":"),
                "EJABBERD_CONFIG_PATH": self.scratch.file("ejabberd.yml").path,
                "EJABBERD_LOG_PATH": self.scratch.file("ejabberd-own.log").path,
                "LD_PRELOAD": "libnss_wrapper.so",
                "NSS_WRAPPER_HOSTS": self.scratch.file("hosts").path,
                "ERL_INETRC": self.scratch.file("inetrc").path,
                "SPOOL_DIR": self.scratch.file("data").path,
                "ERL_CRASH_DUMP": "/dev/null",
            ],
            log: self.log
        )
    }
}
