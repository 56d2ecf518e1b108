/// A contact list as Cisco's Bulk Administration Tool reads and Microsoft's export tool writes it.
struct ContactList: Equatable {
    static let header = ["User ID", "User Domain", "Contact ID", "Contact Domain", "Nickname", "Group Name", "State"]

    /// What the tool takes at most, in characters.
    enum Limit {
        static let id = 132
        static let domain = 128
        static let name = 255
    }

    struct Entry: Equatable {
        var user: String
        var userDomain: String
        var contact: String
        var contactDomain: String
        var nickname = ""
        var group: String
        var state = "0"

        var fields: [String] {
            [
                self.user, self.userDomain, self.contact, self.contactDomain, self.nickname, self.group, self.state,
            ]
        }
        var userAddress: String { "\(self.user)@\(self.userDomain)".lowercased() }
        var contactAddress: String { "\(self.contact)@\(self.contactDomain)".lowercased() }
    }

    var entries: [Entry]
    /// What cannot be read, or would not be taken, with its line.
    var mistakes: [String]

    init(entries: [Entry] = []) { (self.entries, self.mistakes) = (entries, []) }

    /// Reads a list; the header may be there or not.
    init(csv text: String) {
        self.init()
        for (index, row) in CSV.rows(text).enumerated() {
            if index == 0, row.map({ $0.lowercased() }) == Self.header.map({ $0.lowercased() }) { continue }
            guard row.count == Self.header.count else {
                self.mistakes.append(
                    "row \(index + 1): it has \(row.count) fields instead of \(Self.header.count): \(Self.header.joined(separator: ", "))"
                )
                continue
            }
            let entry = Entry(
                user: row[0],
                userDomain: row[1],
                contact: row[2],
                contactDomain: row[3],
                nickname: row[4],
                group: row[5],
                state: row[6]
            )
            self.mistakes += Self.mistakes(in: entry).map { "row \(index + 1): \($0)" }
            self.entries.append(entry)
        }
    }

    var csv: String { ([Self.header] + self.entries.map(\.fields)).map { CSV.line($0) + "\n" }.joined() }

    private static func mistakes(in entry: Entry) -> [String] {
        var mistakes: [String] = []
        let limits = [Limit.id, Limit.domain, Limit.id, Limit.domain, Limit.name, Limit.name]
        for (index, limit) in limits.enumerated() {
            let (name, value) = (self.header[index], entry.fields[index])
            if value.isEmpty, name != "Nickname" { mistakes.append("\(name) is empty") }
            if value.count > limit {
                mistakes.append("\(name) has \(value.count) characters, and at most \(limit) are taken")
            }
        }
        return mistakes
    }

    // MARK: Renaming

    /// The header that the tool wants of a list of new names.
    static let renameHeader = ["Contact ID", "New Contact ID"]

    /// Reads a list of new names: whole addresses, old and new.
    static func renames(csv text: String) throws(ContactListError) -> [String: String] {
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
    mutating func rename(_ renames: [String: String]) -> Int {
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

struct ContactListError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
