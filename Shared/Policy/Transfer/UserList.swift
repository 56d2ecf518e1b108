/// A list of users as administrators have it: our own CSV, Microsoft's list of SIP URIs, or the owners of a contact list.
public struct UserList: Equatable, Sendable {
    public static let header = ["address", "display-name", "home", "xmpp-access", "survivable-branch-appliance"]

    /// What a list tells of one user.
    public struct Entry: Equatable, Sendable {
        /// The line of the file.
        public let line: Int
        /// Lower case, without a scheme.
        public let address: String
        /// The fields that the list has.
        public let document: DocumentValue
    }

    public private(set) var entries: [Entry] = []
    /// What cannot be read, with its line.
    public private(set) var mistakes: [String] = []
    private var lines: [String: Int] = [:]

    /// Reads any of the three.
    ///
    /// - Throws: ``ContactListError`` when it is none of them.
    public init(csv text: String) throws(ContactListError) {
        let rows = CSV.numberedRows(text)
        guard let first = rows.first else { return }
        let names = first.fields.map { $0.lowercased() }
        if names == ContactList.header.map({ $0.lowercased() }) {
            let list = ContactList(csv: text)
            self.mistakes = list.mistakes
            for entry in list.entries { self.add(entry.userAddress, entry.line, isListedOften: true) }
        } else if names.first == "address" {
            try self.readOwn(names, rows.dropFirst())
        } else if rows.allSatisfy({ $0.fields.count == 1 }) {
            for row in rows { self.add(row.fields[0], row.line, isListedOften: true) }
        } else {
            throw ContactListError(
                """
                it is neither a list of addresses nor a table whose first line names its columns: \
                \(Self.header.joined(separator: ",")) or \(ContactList.header.joined(separator: ","))
                """
            )
        }
    }

    private mutating func readOwn(_ names: [String], _ rows: ArraySlice<CSV.Row>) throws(ContactListError) {
        if let unknown = names.first(where: { !Self.header.contains($0) }) {
            throw ContactListError(
                "there is no column “\(unknown)”; the columns are \(Self.header.joined(separator: ", "))"
            )
        }
        guard Set(names).count == names.count else { throw ContactListError("a column is named twice") }
        for row in rows {
            guard row.fields.count == names.count else {
                self.mistakes.append("line \(row.line): it has \(row.fields.count) fields instead of \(names.count)")
                continue
            }
            let members = zip(names, row.fields).map { DocumentValue.Member($0, Self.value($0, $1)) }
            self.add(row.fields[0], row.line, .object(members))
        }
    }

    /// With `isListedOften` an address may be there again.
    private mutating func add(
        _ text: String,
        _ line: Int,
        _ document: DocumentValue = .object([]),
        isListedOften: Bool = false
    ) {
        var address = text.lowercased()
        for scheme in ["sip:", "xmpp:"] where address.hasPrefix(scheme) { address.removeFirst(scheme.count) }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            return self.mistakes.append("line \(line): “\(text)” is no address such as juliet@sip.example.com")
        }
        if let first = self.lines[address] {
            if !isListedOften { self.mistakes.append("line \(line): \(address) is on line \(first) already") }
            return
        }
        self.lines[address] = line
        let named = document.merging(["address": .text(address)])
        self.entries.append(Entry(line: line, address: address, document: named))
    }

    /// `xmpp-access` may be `inherit`; what is no truth value is complained about where users are read.
    private static func value(_ name: String, _ text: String) -> DocumentValue {
        guard name == "xmpp-access" || name == "survivable-branch-appliance" else { return .text(text) }
        switch text.lowercased() {
        case "", "inherit": return .null
        case "true", "yes", "1": return .flag(true)
        case "false", "no", "0": return .flag(false)
        default: return .text(text)
        }
    }

    public static func csv(_ users: [UserRecord]) -> String {
        let rows = users.map { user in
            self.header.map { name in
                let value = user.document[name] ?? .null
                return value == .null && name == "xmpp-access" ? "inherit" : value.summary
            }
        }
        return ([self.header] + rows).map { CSV.line($0) + "\n" }.joined()
    }
}
