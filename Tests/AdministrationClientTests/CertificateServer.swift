import Foundation
import TestSupport

/// A server that shows a certificate, and before that, where STARTTLS is wanted, says a few words of XMPP: in Python, so that
/// nothing of the code under test is at both ends.
final class CertificateServer: Sendable {
    let identity: TestIdentity
    let port: Int
    private let scratch: Scratch
    private let tls: ChildProcess

    init(_ identity: TestIdentity, startTLS: Bool) async throws {
        self.identity = identity
        self.scratch = try Scratch("tls-server")
        try Data(identity.chainPEM).write(to: self.scratch.file("chain.pem"))
        try Data(identity.keyPEM).write(to: self.scratch.file("key.pem"))
        let program = try self.scratch.write(Self.program, to: "server.py").path
        let log = self.scratch.file("log")
        self.tls = try ChildProcess(
            "/usr/bin/python3",
            [
                program, self.scratch.file("chain.pem").path, self.scratch.file("key.pem").path,
                startTLS ? "starttls" : "direct",
            ],
            log: log
        )
        self.port = try await eventually("the server to listen") {
            Int(try String(contentsOf: log, encoding: .utf8).prefix { $0 != "\n" })
        }
    }

    private static let program = """
        import socket, ssl, sys
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        while True:
            peer, _ = listener.accept()
            try:
                if sys.argv[3] == "starttls":
                    peer.recv(4096)
                    peer.sendall(b"<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
                                 b"xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'>")
                    peer.sendall(b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>")
                    peer.recv(4096)
                    peer.sendall(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
                with context.wrap_socket(peer, server_side=True) as secured:
                    secured.recv(1)
            except OSError:
                peer.close()
        """
}
