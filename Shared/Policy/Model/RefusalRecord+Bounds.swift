/// What keeps a peer from filling the log and the store, or commanding the terminal of whoever reads them.
///
/// Everything in a record may come from a peer: names, words of an error, the fields of a certificate.
extension RefusalRecord {
    /// Bytes of a field that holds a name or an address: a JID has at most 3071, and its first 300 tell who it is.
    public static let nameLimit = 300
    /// Bytes of a field that holds words.
    public static let textLimit = 1_000
    /// Names of a certificate: those of a hosting company are hundreds.
    public static let certificateNameLimit = 20

    /// The same with every text bounded, and control characters escaped; doing it twice changes nothing.
    public var bounded: RefusalRecord {
        var record = self
        record.service = Self.bounded(self.service, Self.nameLimit)
        record.subject = Self.bounded(self.subject, Self.nameLimit)
        record.from = Self.bounded(self.from, Self.nameLimit)
        record.to = Self.bounded(self.to, Self.nameLimit)
        record.peer = Self.bounded(self.peer, Self.nameLimit)
        record.answer = Self.bounded(self.answer, Self.nameLimit)
        record.text = Self.bounded(self.text, Self.textLimit)
        record.partner = Self.bounded(self.partner, Self.nameLimit)
        record.localDomain = Self.bounded(self.localDomain, Self.nameLimit)
        record.remoteDomain = Self.bounded(self.remoteDomain, Self.nameLimit)
        record.rule = Self.bounded(self.rule, Self.textLimit)
        if var certificate = self.certificate {
            certificate.subject = Self.bounded(certificate.subject, Self.nameLimit)
            certificate.issuer = Self.bounded(certificate.issuer, Self.nameLimit)
            certificate.fingerprint = Self.bounded(certificate.fingerprint, Self.nameLimit)
            certificate.rejection = Self.bounded(certificate.rejection, Self.textLimit)
            let names = certificate.names.prefix(Self.certificateNameLimit)
            certificate.names = names.map { Self.bounded($0, Self.nameLimit) }
            record.certificate = certificate
        }
        return record
    }

    /// `text` in at most `limit` bytes of UTF-8, with `…` where something is missing; control and format characters are
    /// written as `\u{1B}`.
    public static func bounded(_ text: String, _ limit: Int) -> String {
        let end: Unicode.Scalar = "…"
        // Almost always nothing is to be done.
        if text.utf8.count <= limit, !text.unicodeScalars.contains(where: \.isCommand) { return text }
        var scalars = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            let written =
                scalar.isCommand ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
            guard count + written.utf8.count + UTF8.width(end) <= limit else {
                scalars.append(end)
                break
            }
            count += written.utf8.count
            scalars.append(contentsOf: written.unicodeScalars)
        }
        return String(scalars)
    }
}

extension Unicode.Scalar {
    /// Escape sequences, ends of lines, marks that turn text around.
    fileprivate var isCommand: Bool {
        switch self.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
