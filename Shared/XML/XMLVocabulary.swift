internal import CXMLCollector

/// The names a parser is likely to meet, made ready once so that reading them costs no allocation.
///
/// A vocabulary changes nothing about what is read, only what it costs.
public final class XMLVocabulary: Sendable {
    /// A name as elements and attributes bear it.
    struct Name: Sendable {
        let namespace: String
        let name: String
    }

    let names: [Name]
    // Safety: the table is written by the initialiser alone and only read afterwards.
    nonisolated(unsafe) let table: OpaquePointer?

    /// Makes a vocabulary of `names`; the namespace of an attribute without prefix is empty.
    public init(_ names: [(namespace: String, name: String)]) {
        self.names = names.map { Name(namespace: $0.namespace, name: $0.name) }
        let joined = names.map { $0.namespace.isEmpty ? $0.name : "\($0.namespace)\u{1}\($0.name)" }
        self.table = joined.joined(separator: "\0").withCString { xmlc_vocabulary_create($0, UInt16(names.count)) }
    }

    deinit { if let table { xmlc_vocabulary_free(table) } }

    /// A vocabulary for documents of which nothing is known.
    public static let basic = XMLVocabulary([(XMLElement.xmlNamespace, "lang"), ("", "id"), ("", "type")])
}
