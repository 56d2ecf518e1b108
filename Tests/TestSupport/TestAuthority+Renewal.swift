import Foundation

extension TestAuthority {
    /// Issues another certificate for the key of `identity`, as CAs do that are sent the same request again.
    public func renew(_ identity: TestIdentity, _ names: String, days: Int = 60) throws -> TestIdentity {
        let scratch = try Scratch("renewal")
        try Data(identity.keyPEM).write(to: scratch.file("key"))
        try scratch.write(
            "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=\(names)",
            to: "ext"
        )
        try Self.openssl(
            ["req", "-new", "-key", scratch.file("key").path, "-subj", "/CN=leaf", "-out", scratch.file("csr").path]
        )
        try Self.openssl(
            ["x509", "-req", "-in", scratch.file("csr").path, "-days", "\(days)", "-extfile", scratch.file("ext").path]
                + ["-CA", self.scratch.file("ca.pem").path, "-CAkey", self.scratch.file("ca.key").path]
                + ["-out", scratch.file("pem").path]
        )
        return TestIdentity(chainPEM: [UInt8](try Data(contentsOf: scratch.file("pem"))), keyPEM: identity.keyPEM)
    }
}
