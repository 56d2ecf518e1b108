import ArgumentParser
import Foundation
import Glibc

/// The contents of a file that was named on the command line; it may also be a pipe, as `<(…)` of a shell is.
func contents(of path: String) throws -> Data {
    guard let file = FileHandle(forReadingAtPath: path) else {
        throw ClientError.unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    do {
        return try file.readToEnd() ?? Data()
    } catch {
        throw ClientError.unreadable(path: path, reason: error.localizedDescription)
    }
}

/// Where the passphrase of a file comes from: another file, or whoever sits at the terminal; never the command line, which
/// everybody on the machine can see.
struct PassphraseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The file with the passphrase of a PKCS#12 file or of a key; without it the terminal asks.",
            valueName: "file"
        )
    )
    var passwordFile: String?

    /// The passphrase of `file`; nil when nothing suggests that it has one.
    func text(for file: String) throws -> String? {
        if let passwordFile = self.passwordFile { return try Passphrase.read(from: passwordFile) }
        guard Passphrase.isLikely(for: file), isatty(STDIN_FILENO) == 1 else { return nil }
        return try Passphrase.ask("Passphrase of \(file): ")
    }

    /// A passphrase for something new.
    func newText() throws -> String {
        if let passwordFile = self.passwordFile { return try Passphrase.read(from: passwordFile) }
        guard isatty(STDIN_FILENO) == 1 else {
            throw ValidationError("Name the file with the passphrase: --password-file.")
        }
        let first = try Passphrase.ask("A passphrase for the file: ")
        guard try Passphrase.ask("Once more: ") == first else { throw ValidationError("The two are not the same.") }
        return first
    }
}

enum Passphrase {
    static func read(from path: String) throws -> String {
        String(decoding: try contents(of: path), as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    /// Asks at the terminal, without an echo.
    static func ask(_ prompt: String) throws -> String {
        guard let text = getpass(prompt) else {
            throw ValidationError("There is no terminal to ask at; use --password-file.")
        }
        return String(cString: text)
    }

    /// Whether a file is one that has a passphrase: a PKCS#12 by its name, or a key that says so.
    static func isLikely(for file: String) -> Bool {
        if ["p12", "pfx"].contains(URL(filePath: file).pathExtension.lowercased()) { return true }
        guard let data = try? contents(of: file) else { return false }
        return String(decoding: data, as: UTF8.self).contains("ENCRYPTED")
    }
}

extension Data {
    /// PEM as it is, anything else in Base64: what the API takes.
    var documentText: String {
        let text = String(decoding: self, as: UTF8.self)
        return text.contains("-----BEGIN ") ? text : self.base64EncodedString()
    }
}
