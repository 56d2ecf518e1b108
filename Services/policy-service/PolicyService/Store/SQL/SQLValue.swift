/// A value of a column, in the types that all stores have.
enum SQLValue: Equatable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case flag(Bool)

    init(_ text: String?) { self = text.map { .text($0) } ?? .null }
    init(_ number: Int?) { self = number.map { .integer(Int64($0)) } ?? .null }
    init(_ number: Int64) { self = .integer(number) }
    init(_ flag: Bool?) { self = flag.map { .flag($0) } ?? .null }
}

/// The columns of a row, the key first.
typealias Columns = [(name: String, value: SQLValue)]
