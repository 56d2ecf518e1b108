import Foundation

extension TestAuthority {
    /// Issues a certificate for a new key of `algorithm`, one that `openssl genpkey` makes without more words: `ed25519`.
    public func identity(_ names: String, algorithm: String) throws -> TestIdentity {
        let scratch = try Scratch("identity")
        try Self.openssl(
            ["req", "-new", "-newkey", algorithm, "-nodes", "-subj", "/CN=\(algorithm)"]
                + ["-addext", "subjectAltName=\(names)", "-addext", "extendedKeyUsage=serverAuth,clientAuth"]
                + ["-keyout", scratch.file("key").path, "-out", scratch.file("csr").path]
        )
        return TestIdentity(
            chainPEM: try self.sign(request: [UInt8](try Data(contentsOf: scratch.file("csr")))),
            keyPEM: [UInt8](try Data(contentsOf: scratch.file("key")))
        )
    }

    /// Signs a request as it is, with its own names and usages, as an enterprise CA does.
    public func sign(request: [UInt8], days: Int = 100) throws -> [UInt8] {
        let scratch = try Scratch("request")
        try Data(request).write(to: scratch.file("csr"))
        try Self.openssl(
            ["x509", "-req", "-in", scratch.file("csr").path, "-days", "\(days)", "-copy_extensions", "copyall"]
                + ["-CA", self.scratch.file("ca.pem").path, "-CAkey", self.scratch.file("ca.key").path]
                + ["-out", scratch.file("pem").path]
        )
        return [UInt8](try Data(contentsOf: scratch.file("pem")))
    }
}
