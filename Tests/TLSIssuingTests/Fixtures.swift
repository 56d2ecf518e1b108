import Foundation
import TestSupport
import Testing

@testable import TLS

enum Fixtures {
    static let now = Int64(Date().timeIntervalSince1970)

    static func authority(lifetime: Int64 = 86_400 * 365) throws -> CertificateAuthority {
        try CertificateAuthority(
            subject: SubjectName(commonName: "Test CA", organization: "Isthmus"),
            key: PrivateKey(generating: .ecdsaP256),
            notBefore: self.now - 3600,
            notAfter: self.now + lifetime
        )
    }
}

/// The `openssl` program, as a second opinion.
enum OpenSSLCommand {
    static func run(_ arguments: String...) async throws -> String {
        let result = try await ChildProcess.run("/usr/bin/openssl", arguments)
        #expect(result.status == 0, "\(result.output)")
        return result.output
    }
}

extension Scratch {
    /// A file with these bytes.
    func path(_ name: String, _ contents: [UInt8]) throws -> String {
        try Data(contents).write(to: self.file(name))
        return self.file(name).path
    }
}
