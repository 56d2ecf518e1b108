import Foundation
import TestSupport

/// What Pebble does not do: a CA that says when to renew (RFC 9773), and that has had enough of requests; in Python.
final class ScriptedCA: Sendable {
    let directory: String
    let rootPEM: [UInt8]
    private let scratch: Scratch
    private let process: ChildProcess

    init() async throws {
        self.scratch = try Scratch("scripted-ca")
        let authority = try TestAuthority("CA of the CA")
        let identity = try authority.issue("IP:127.0.0.1")
        self.rootPEM = authority.rootPEM
        try Data(identity.chainPEM + identity.keyPEM).write(to: self.scratch.file("server.pem"))
        let program = try self.scratch.write(Self.program, to: "ca.py").path
        let log = self.scratch.file("log")
        self.process = try ChildProcess("/usr/bin/python3", [program, self.scratch.file("server.pem").path], log: log)
        let port = try await eventually("the CA to listen") {
            Int(try String(contentsOf: log, encoding: .utf8).prefix { $0 != "\n" })
        }
        self.directory = "https://127.0.0.1:\(port)/dir"
    }

    private static let program = """
        import http.server, json, ssl, sys
        class CA(http.server.BaseHTTPRequestHandler):
            def say(self, status, document, **headers):
                body = json.dumps(document).encode()
                self.send_response(status)
                for name, value in headers.items(): self.send_header(name.replace("_", "-"), value)
                self.send_header("Replay-Nonce", "nonce")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD": self.wfile.write(body)
            def base(self): return "https://" + self.headers["Host"]
            def do_HEAD(self): self.say(200, {})
            def do_GET(self):
                if self.path == "/dir":
                    names = ["newNonce", "newAccount", "newOrder", "renewalInfo"]
                    return self.say(200, {name: self.base() + "/" + name for name in names})
                self.say(200, {"suggestedWindow": {"start": "2049-01-01T00:00:00Z", "end": "2049-01-03T00:00:00.5Z"},
                               "explanationURL": "https://ca.test/why"}, Retry_After="7200")
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/newAccount": return self.say(201, {"status": "valid"}, Location=self.base() + "/acct")
                self.say(429, {"type": "urn:ietf:params:acme:error:rateLimited",
                               "detail": "too many certificates for contoso.test"}, Retry_After="7200")
            def log_message(self, *arguments): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), CA)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(sys.argv[1])
        server.socket = context.wrap_socket(server.socket, server_side=True)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """
}
