import Foundation

extension World {
    /// What is secret and stands in a log of the services: the file of the log and what it is; nothing is good.
    ///
    /// All that the world was given or has made is looked for – the keys of the bus, the master key of the certificates, the dialback
    /// secret, the token of the administrator, the TSIG key – and private keys by how they begin, in the clear and encrypted.
    public func secretsInLogs() throws -> [String] {
        var secrets = Self.beginnings
        for (name, value) in try self.secrets() { secrets[value] = name }
        guard secrets.count > Self.beginnings.count + Self.fewest else {
            throw WorldError(description: "the secrets are not where they were: \(secrets.values.sorted())")
        }
        let logs = try Self.files(below: self.scratch.file("log")).filter { $0.lastPathComponent.contains("-") }
        return try logs.flatMap { log in
            let text = String(decoding: try Data(contentsOf: log), as: UTF8.self)
            return secrets.filter { text.contains($0.key) }.map { "\(log.lastPathComponent): \($0.value)" }
        }
    }

    /// How a private key begins in PEM and in Base64: of PKCS#8 with RSA and with curves, of PKCS#1, of SEC 1, encrypted.
    private static let beginnings = [
        "PRIVATE KEY": "a private key", "IBADANBgkqhkiG9w0BAQEFAASC": "a private key of RSA",
        "MIGHAgEAMBMGByqGSM49": "a private key of P-256", "MIG2AgEAMBAGByqGSM49": "a private key of P-384",
        "AIBAAKC": "a private key of PKCS#1", "MHcCAQEEI": "a private key of SEC 1",
        "BgkqhkiG9w0BBQ0": "an encrypted private key",
    ]

    /// The secrets in files of the world, by their names.
    private func secrets() throws -> [(name: String, value: String)] {
        let folders = ["keys", "secrets", "data"].map { self.scratch.file($0) }
        let files = try folders.flatMap { try Self.files(below: $0) } + [self.scratch.file("admin-token")]
        return files.flatMap { file -> [(name: String, value: String)] in
            let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
            // What others may read is no secret; a store is none that anybody would find again in a log.
            guard attributes?[.posixPermissions] as? Int == 0o600, let data = try? Data(contentsOf: file),
                data.count < 4096, let text = String(data: data, encoding: .utf8)
            else { return [] }
            // A TSIG key stands behind its algorithm and name.
            let words = text.split(whereSeparator: \.isWhitespace)
            return (words + words.flatMap { $0.split(separator: ":") }).map(String.init).filter {
                $0.utf8.count >= Self.shortest
            }.map { (file.lastPathComponent, $0) }
        }
    }

    /// The keys of six services and of the administrator, three secrets and the token are there in every world.
    private static let fewest = 8
    /// Shorter words are names and algorithms.
    private static let shortest = 24

    private static func files(below folder: URL) throws -> [URL] {
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.isDirectoryKey])
            .flatMap { url in url.hasDirectoryPath ? try Self.files(below: url) : [url] }
    }
}
