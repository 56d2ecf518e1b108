import Foundation

/// A certificate authority for tests, by the `openssl` program: independent of the code under test.
public final class TestAuthority: Sendable {
    let scratch: Scratch
    /// The certificates that lead to the root, the own one first; empty for a root.
    private let intermediates: [UInt8]
    /// The root, to be trusted.
    public let rootPEM: [UInt8]

    /// The certificate of this authority itself.
    public var certificatePEM: [UInt8] { self.intermediates.isEmpty ? self.rootPEM : self.intermediates }

    /// Makes a root, which says that its revocation list is at `revocationAddress`.
    public convenience init(_ name: String = "Test Root", revocationAddress: String? = nil) throws {
        let scratch = try Scratch("ca")
        try Self.openssl(
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650"]
                + ["-subj", "/CN=\(name)", "-addext", "basicConstraints=critical,CA:TRUE"]
                + ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
                + (revocationAddress.map { ["-addext", "crlDistributionPoints=URI:\($0)"] } ?? [])
                + ["-keyout", scratch.file("ca.key").path, "-out", scratch.file("ca.pem").path]
        )
        self.init(scratch, intermediates: [], rootPEM: [UInt8](try Data(contentsOf: scratch.file("ca.pem"))))
    }

    private init(_ scratch: Scratch, intermediates: [UInt8], rootPEM: [UInt8]) {
        self.scratch = scratch
        self.intermediates = intermediates
        self.rootPEM = rootPEM
    }

    /// Issues a certificate for a new key.
    ///
    /// `names` is the subjectAltName as OpenSSL's configuration has it (`DNS:a.example,IP:192.0.2.1`), `usage` the extended
    /// key usage; nil stands for none. It expires in `days`; with -1 it has expired. The key is one of P-256, or of RSA with 2048 bits.
    public func issue(
        _ names: String?,
        usage: String? = "serverAuth,clientAuth",
        days: Int = 30,
        commonName: String = "leaf",
        isRSA: Bool = false
    ) throws -> TestIdentity {
        var extensions = ["basicConstraints=critical,CA:FALSE"]
        if let names { extensions.append("subjectAltName=\(names)") }
        if let usage { extensions.append("extendedKeyUsage=\(usage)") }
        let made = try self.sign(extensions, days: days, commonName: commonName, isRSA: isRSA)
        return TestIdentity(chainPEM: made.certificate + self.intermediates, keyPEM: made.key)
    }

    /// Makes an authority under this one.
    public func intermediate(_ name: String, digest: String = "sha256") throws -> TestAuthority {
        let made = try self.sign(
            ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"],
            days: 3650,
            commonName: name,
            digest: digest
        )
        let scratch = try Scratch("ca")
        try Data(made.certificate).write(to: scratch.file("ca.pem"))
        try Data(made.key).write(to: scratch.file("ca.key"))
        return TestAuthority(scratch, intermediates: made.certificate + self.intermediates, rootPEM: self.rootPEM)
    }

    private func sign(
        _ extensions: [String],
        days: Int,
        commonName: String,
        digest: String = "sha256",
        isRSA: Bool = false
    ) throws -> (certificate: [UInt8], key: [UInt8]) {
        let name = UUID().uuidString
        func file(_ suffix: String) -> String { self.scratch.file("\(name).\(suffix)").path }
        try self.scratch.write(extensions.joined(separator: "\n"), to: "\(name).ext")
        try Self.openssl(
            ["req", "-new", "-nodes", "-newkey"]
                + (isRSA ? ["rsa:2048"] : ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
                + ["-subj", "/CN=\(commonName)", "-keyout", file("key"), "-out", file("csr")]
        )
        try Self.openssl(
            [
                "x509", "-req", "-\(digest)", "-in", file("csr"), "-days", "\(days)", "-extfile", file("ext"), "-out",
                file("pem"),
            ]
                + ["-CA", self.scratch.file("ca.pem").path, "-CAkey", self.scratch.file("ca.key").path]
        )
        return (
            [UInt8](try Data(contentsOf: URL(filePath: file("pem")))),
            [UInt8](try Data(contentsOf: URL(filePath: file("key"))))
        )
    }

    static func openssl(_ arguments: [String]) throws {
        try ChildProcess.tool("/usr/bin/openssl", arguments)
    }
}

/// A certificate chain and its key, in PEM.
public struct TestIdentity: Sendable {
    public let chainPEM: [UInt8]
    public let keyPEM: [UInt8]
}
