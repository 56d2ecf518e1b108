import TLS

/// What the file of the dialback secret looks like.
///
/// ```
/// isthmus-dialback-secrets 1
/// current 7f3a9c01 1763702400000 51f0…
/// previous 1b2c3d4e 1763600000000 1763706000000 9ac4…
/// ```
///
/// Times are milliseconds since 1970: when it was made, and for the previous one when it ends. The id is that of the secret, so a
/// line that was cut or edited is noticed. A file without the first line is one that people wrote: a secret, and in a second
/// line perhaps the one before it.
extension SecretFile {
    private static let heading = Array("isthmus-dialback-secrets 1".utf8)
    private static let space = UInt8(ascii: " ")

    static func text(of set: SecretSet) -> [UInt8] {
        var text =
            Self.heading + Array("\ncurrent \(set.current.id) \(set.current.createdAt) ".utf8) + set.current.bytes
        if let previous = set.previous {
            text += Array("\nprevious \(previous.id) \(previous.createdAt) \(previous.endsAt ?? 0) ".utf8)
            text += previous.bytes
        }
        return text + [UInt8(ascii: "\n")]
    }

    /// Reads what a file holds that was written at `changedAt`, in milliseconds since 1970: the age of a secret that people wrote.
    func secrets(in content: [UInt8], changedAt: Int64) throws(SecretFileError) -> SecretSet {
        var lines = content.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }.map { Array($0) }
        let isOurs = lines.first == Self.heading
        if isOurs { lines.removeFirst() }
        guard (1...2).contains(lines.count) else {
            throw self.error(
                "holds \(lines.count) lines instead of the secret and, in a second line, the previous one"
            )
        }
        let set =
            isOurs
            ? SecretSet(
                current: try self.entry(lines[0], "current", hasEnd: false),
                previous: lines.count > 1 ? try self.entry(lines[1], "previous", hasEnd: true) : nil
            )
            : SecretSet(
                current: try self.secret(lines[0], createdAt: changedAt),
                previous: lines.count > 1
                    ? try self.secret(lines[1], createdAt: 0, endsAt: changedAt + self.overlap) : nil
            )
        let all = [set.current] + [set.previous].compactMap { $0 }
        guard all.allSatisfy({ $0.bytes.count >= Self.minimumLength }) else {
            throw self.error("holds a secret of fewer than \(Self.minimumLength) characters")
        }
        return set
    }

    /// A line: `NAME ID CREATED [END] SECRET`.
    private func entry(_ line: [UInt8], _ name: String, hasEnd: Bool) throws(SecretFileError) -> LiveSecret {
        let fieldCount = hasEnd ? 4 : 3
        let parts = line.split(separator: Self.space, maxSplits: fieldCount, omittingEmptySubsequences: false)
        let fields = parts.prefix(fieldCount).map { String(decoding: $0, as: UTF8.self) }
        guard parts.count > fieldCount, fields[0] == name, let createdAt = Int64(fields[2]),
            let end = hasEnd ? Int64(fields[3]) : 0
        else { throw self.error("has a line that is none of a \(name) secret") }
        let secret = try self.secret(Array(parts[fieldCount]), createdAt: createdAt, endsAt: hasEnd ? end : nil)
        guard secret.id == fields[1] else {
            throw self.error(
                "names the \(name) secret \(fields[1]), but holds another one: was the line edited or cut?"
            )
        }
        return secret
    }

    private func secret(_ bytes: [UInt8], createdAt: Int64, endsAt: Int64? = nil) throws(SecretFileError) -> LiveSecret
    {
        do throws(TLSError) {
            return try LiveSecret(bytes, createdAt: createdAt, endsAt: endsAt)
        } catch {
            throw self.error("\(error)")
        }
    }
}
