/// A contact list as Cisco's Bulk Administration Tool reads and Microsoft's export tool writes it.
public struct ContactList: Equatable, Sendable {
    public static let header = [
        "User ID", "User Domain", "Contact ID", "Contact Domain", "Nickname", "Group Name", "State",
    ]

    /// What the tool takes at most, in characters.
    public enum Limit {
        public static let id = 132
        public static let domain = 128
        public static let name = 255
    }

    public struct Entry: Hashable, Sendable {
        public var user: String
        public var userDomain: String
        public var contact: String
        public var contactDomain: String
        public var nickname: String
        public var group: String
        /// As the tool writes it.
        public var state: String
        /// Where it stands in a file; 0 for what was in none.
        public var line = 0

        public init(
            user: String,
            userDomain: String,
            contact: String,
            contactDomain: String,
            nickname: String = "",
            group: String,
            state: String = "0"
        ) {
            self.user = user
            self.userDomain = userDomain
            self.contact = contact
            self.contactDomain = contactDomain
            self.nickname = nickname
            self.group = group
            self.state = state
        }

        public var fields: [String] {
            [
                self.user, self.userDomain, self.contact, self.contactDomain, self.nickname, self.group, self.state,
            ]
        }
        public var userAddress: String { "\(self.user)@\(self.userDomain)".lowercased() }
        public var contactAddress: String { "\(self.contact)@\(self.contactDomain)".lowercased() }

        /// What there is once in a list: a contact in a group of an owner.
        public struct Key: Hashable, Sendable {
            public let owner: String
            public let contact: String
            public let group: String
        }

        public var key: Key { Key(owner: self.userAddress, contact: self.contactAddress, group: self.group) }
    }

    public var entries: [Entry]
    /// What cannot be read, or would not be taken, with its line.
    public var mistakes: [String]

    public init(entries: [Entry] = []) { (self.entries, self.mistakes) = (entries, []) }

    /// Reads a list; the header may be there or not.
    public init(csv text: String) {
        self.init()
        var lines: [Entry.Key: Int] = [:]
        for (index, numbered) in CSV.numberedRows(text).enumerated() {
            let (line, row) = (numbered.line, numbered.fields)
            if index == 0, row.map({ $0.lowercased() }) == Self.header.map({ $0.lowercased() }) { continue }
            guard row.count == Self.header.count else {
                self.mistakes.append(
                    "line \(line): it has \(row.count) fields instead of \(Self.header.count): \(Self.header.joined(separator: ", "))"
                )
                continue
            }
            var entry = Entry(
                user: row[0],
                userDomain: row[1],
                contact: row[2],
                contactDomain: row[3],
                nickname: row[4],
                group: row[5],
                state: row[6]
            )
            entry.line = line
            self.mistakes += Self.mistakes(in: entry).map { "line \(line): \($0)" }
            if let first = lines.updateValue(line, forKey: entry.key) {
                self.mistakes.append("line \(line): the same contact of the same owner and group is on line \(first)")
            }
            self.entries.append(entry)
        }
    }

    public var csv: String { ([Self.header] + self.entries.map(\.fields)).map { CSV.line($0) + "\n" }.joined() }

    private static func mistakes(in entry: Entry) -> [String] {
        var mistakes: [String] = []
        let limits = [Limit.id, Limit.domain, Limit.id, Limit.domain, Limit.name, Limit.name]
        for (index, limit) in limits.enumerated() {
            let (name, value) = (self.header[index], entry.fields[index])
            if value.isEmpty, name != Self.header[4] { mistakes.append("\(name) is empty") }
            if value.count > limit {
                mistakes.append("\(name) has \(value.count) characters, and at most \(limit) are taken")
            }
        }
        return mistakes
    }

    // MARK: Renaming

    /// The header that the tool wants of a list of new names.
    public static let renameHeader = ["Contact ID", "New Contact ID"]

    /// Reads a list of new names: whole addresses, old and new.
    public static func renames(csv text: String) throws(ContactListError) -> [String: String] {
        let rows = CSV.rows(text)
        guard rows.first?.map({ $0.lowercased() }) == self.renameHeader.map({ $0.lowercased() }) else {
            throw ContactListError("its first line must be “\(self.renameHeader.joined(separator: ", "))”")
        }
        var renames: [String: String] = [:]
        for (index, row) in rows.enumerated().dropFirst() {
            guard row.count == 2, row.allSatisfy({ $0.split(separator: "@").count == 2 }) else {
                throw ContactListError("row \(index + 1) is not an old and a new address")
            }
            renames[row[0].lowercased()] = row[1]
        }
        return renames
    }

    /// Gives contacts and owners of lists their new addresses.
    ///
    /// - Returns: How many addresses were changed.
    public mutating func rename(_ renames: [String: String]) -> Int {
        var count = 0
        for index in self.entries.indices {
            if let new = renames[self.entries[index].contactAddress], let at = new.lastIndex(of: "@") {
                self.entries[index].contact = String(new[..<at])
                self.entries[index].contactDomain = String(new[new.index(after: at)...])
                count += 1
            }
            if let new = renames[self.entries[index].userAddress], let at = new.lastIndex(of: "@") {
                self.entries[index].user = String(new[..<at])
                self.entries[index].userDomain = String(new[new.index(after: at)...])
                count += 1
            }
        }
        return count
    }
}

/// What keeps a file from being read at all.
public struct ContactListError: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
