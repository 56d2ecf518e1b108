import ArgumentParser
import Foundation
import Glibc
import Policy

extension CertificateCommand {
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes a certificate with its private key to a PKCS#12 file, where the key is exportable.",
            discussion: """
                The file is encrypted with a passphrase, is readable by you alone, and replaces no other.

                isthmusctl certificate export 3f2a --file edge.p12 --password-file passphrase
                """
        )

        @Argument(help: "Its id.") var id: String
        @Option(
            name: .customLong("file"),
            help: ArgumentHelp("The file to write, for example edge.p12.", valueName: "file")
        )
        var file: String
        @OptionGroup var passphrase: PassphraseOptions
        @Option(help: ArgumentHelp("Why, for the audit log.", valueName: "text")) var reason: String?
        @OptionGroup var connection: Connection

        func run() async throws {
            guard !FileManager.default.fileExists(atPath: self.file) else {
                throw ValidationError("\(self.file) is there already; I overwrite no file with a key.")
            }
            let wish: DocumentValue = ["password": .text(try self.passphrase.newText())]
            let client = try self.connection.client()
            let answer = try await client.send(
                .post,
                ["certificates", self.id, "exports"],
                query: [("reason", self.reason)],
                wish
            )
            guard let data = Data(base64Encoded: answer.document["pkcs12"]?.text ?? ""), !data.isEmpty else {
                throw ClientError.notTheAPI(client.base)
            }
            try Self.write(data, to: self.file)
            print("\(self.file) holds the certificate \(self.id) and its private key; it opens with your passphrase.")
        }

        /// A new file, its owner's alone from the first moment on.
        static func write(_ data: Data, to path: String) throws {
            let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw ClientError.unwritable(path: path, reason: String(cString: strerror(errno))) }
            let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
            do {
                try handle.write(contentsOf: data)
            } catch {
                unlink(path)
                throw ClientError.unwritable(path: path, reason: error.localizedDescription)
            }
        }
    }

    struct RotateMasterKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate-master-key",
            abstract: "Makes a new master key and encrypts all private keys at rest with it; the edges notice nothing.",
            discussion: "isthmusctl certificate rotate-master-key --reason \"yearly\""
        )

        @OptionGroup var deed: Deed
        @OptionGroup var connection: Connection

        func run() async throws {
            let client = try self.connection.client()
            let answer = try await client.send(
                .post,
                ["certificates", "master-key", "rotation"],
                query: self.deed.query
            )
            try Printer.outcome(answer.document, of: self.deed) { done in
                """
                \(done["keys"]?.integer ?? 0) private keys are encrypted with a new master key: keep a copy of it elsewhere.
                The one before is in \(done["previous-path"]?.text ?? ""), for backups of before; delete it together with them.
                """
            }
        }
    }
}
