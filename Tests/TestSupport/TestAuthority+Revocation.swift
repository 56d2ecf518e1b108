import Foundation

extension TestAuthority {
    /// Its revocation list in PEM, made `age` days ago and good for another `days` from now on; the certificates in
    /// `revoked` were revoked on 2 January 2026.
    ///
    /// With a negative `days` it has expired.
    public func revocationList(_ revoked: [[UInt8]] = [], age: Int = 1, days: Int = 10) throws -> [UInt8] {
        let scratch = try Scratch("crl")
        var index = ""
        for pem in revoked {
            try Data(pem).write(to: scratch.file("revoked.pem"))
            try Self.openssl(
                ["x509", "-in", scratch.file("revoked.pem").path, "-noout", "-serial"]
                    + ["-out", scratch.file("serial").path]
            )
            let line = try String(decoding: Data(contentsOf: scratch.file("serial")), as: UTF8.self)
            let serial = line.trimmingCharacters(in: .whitespacesAndNewlines).replacing("serial=", with: "")
            index += "R\t351231235959Z\t260102000000Z\t\(serial)\tunknown\t/CN=revoked\n"
        }
        try scratch.write(index, to: "index.txt")
        try scratch.write(
            """
            [ca]
            default_ca = own
            [own]
            database = \(scratch.file("index.txt").path)
            default_md = sha256
            [extensions]
            authorityKeyIdentifier = keyid
            """,
            to: "ca.cnf"
        )
        try Self.openssl(
            ["ca", "-config", scratch.file("ca.cnf").path, "-gencrl", "-crlexts", "extensions"]
                + ["-cert", self.scratch.file("ca.pem").path, "-keyfile", self.scratch.file("ca.key").path]
                + ["-crl_lastupdate", Self.time(days: -age), "-crl_nextupdate", Self.time(days: days)]
                + ["-out", scratch.file("crl.pem").path]
        )
        return [UInt8](try Data(contentsOf: scratch.file("crl.pem")))
    }

    private static func time(days: Int) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "yyyyMMddHHmmss'Z'"
        return formatter.string(from: Date().addingTimeInterval(Double(days) * 86_400))
    }
}
