extension XMPPServer {
    func configureProsody() throws {
        let folder = self.scratch.folder.path
        let encrypts = self.method != .tcpDialback
        // Debian's LuaSec verifies by DANE the servers that it connects to.
        let dane = self.trustAnchorFile.map { "trustfile = \"\($0)\"; " } ?? ""
        let tls =
            encrypts
            ? """
            ssl = {
                key = "\(folder)/key.pem"; certificate = "\(folder)/certificate.pem"; cafile = "\(folder)/trusted.pem";
            }
            s2s_ssl = ssl
            """ : ""
        try self.scratch.write(
            """
            run_as_root = true
            daemonize = false
            pidfile = "\(folder)/prosody.pid"
            data_path = "\(folder)/data"
            modules_enabled = {
                "saslauth", \(encrypts ? "\"tls\", " : "")"dialback", "disco", "presence", "message", "iq", "s2s", "c2s", "smacks"
            }
            modules_disabled = { "offline" }
            -- Debian's libunbound answers NXDOMAIN under .test by itself (RFC 6761) and asks no server on the loopback.
            unbound = {
                \(dane)resolvconf = false; hoststxt = false; forward = "\(self.nameServer.address)@\(self.nameServer.port)";
                options = { ["do-not-query-localhost:"] = "no"; ["local-zone:"] = "test. transparent" };
            }
            interfaces = { "\(self.address)" }
            s2s_ports = { 5269 }
            c2s_ports = { 5222 }
            s2s_direct_tls_ports = { }
            c2s_direct_tls_ports = { }
            http_ports = { }
            https_ports = { }
            network_settings = { nagle = false; shutdown_deadline = 10 }
            authentication = "insecure"
            insecure_open_authentication = "Yes please, I know what I'm doing!"
            storage = "memory"
            c2s_require_encryption = false
            allow_unencrypted_plain_auth = true
            s2s_require_encryption = \(encrypts)
            s2s_secure_auth = \(self.method == .external)
            use_dane = \(self.trustAnchorFile != nil)
            \(tls)
            log = { { levels = { min = "debug" }, to = "console" } }
            VirtualHost "\(self.domain)"

            """,
            to: "prosody.cfg.lua"
        )
    }

    func startProsody() throws -> ChildProcess {
        try ChildProcess(
            "/usr/bin/env",
            ["--default-signal=TERM", "prosody", "-F", "--config", self.scratch.file("prosody.cfg.lua").path],
            log: self.log
        )
    }
}
