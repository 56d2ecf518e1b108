/// An object of the policy as a document: the fields of SPEC §§ 1, 5 under the names an administrator knows from Lync's
/// and LCS's dialogs, the same in the API, in YAML files, in messages and on the command line.
public protocol PolicyObject: Equatable, Sendable {
    /// What it is called: `partner`.
    static var kind: String { get }
    /// The field that names it.
    static var keyField: String { get }
    /// What names it among its like.
    var key: String { get }
    var document: DocumentValue { get }
    /// Reads all fields; what is missing has its default. Names are put into their one form (lower case …).
    init(reading reader: inout DocumentReader)
}

extension PolicyObject {
    /// The object as messages name it: `partner example.org`.
    public var label: String { "\(Self.kind) \(self.key)" }

    /// Reads a whole document.
    ///
    /// - Returns: The object, unless there are mistakes.
    public static func read(_ document: DocumentValue) -> (object: Self?, findings: [Finding]) {
        var reader = DocumentReader(document, kind: Self.kind, keyField: Self.keyField)
        let object = Self(reading: &reader)
        reader.finish()
        return (reader.findings.isEmpty ? object : nil, reader.findings)
    }
}
