import Policy

/// A list of users as administrators have it: our own CSV, Microsoft's list of SIP URIs, or the owners of a contact list.
enum UserList {
    static let header = ["address", "display-name", "home", "xmpp-access", "survivable-branch-appliance"]

    /// Reads any of the three.
    ///
    /// - Returns: Of each user the fields that the list tells.
    static func read(_ text: String) throws(ContactListError) -> [DocumentValue] {
        let rows = CSV.rows(text)
        guard let first = rows.first else { return [] }
        let names = first.map { $0.lowercased() }
        if names.prefix(2) == ["user id", "user domain"] {
            return self.unique(rows.dropFirst().filter { $0.count >= 2 }.map { "\($0[0])@\($0[1])" })
        }
        if names.first == "address" { return try self.own(names, rows.dropFirst()) }
        guard rows.allSatisfy({ $0.count == 1 && $0[0].contains("@") }) else {
            throw ContactListError(
                "it is neither a list of addresses nor a table whose first line names its columns: \(self.header.joined(separator: ","))"
            )
        }
        return self.unique(rows.map { $0[0] })
    }

    private static func unique(_ addresses: [String]) -> [DocumentValue] {
        var seen: Set<String> = []
        return addresses.compactMap { address in
            var address = address.lowercased()
            for scheme in ["sip:", "xmpp:"] where address.hasPrefix(scheme) { address.removeFirst(scheme.count) }
            return seen.insert(address).inserted ? ["address": .text(address)] : nil
        }
    }

    private static func own(
        _ names: [String],
        _ rows: ArraySlice<[String]>
    ) throws(ContactListError) -> [DocumentValue] {
        if let unknown = names.first(where: { !self.header.contains($0) }) {
            throw ContactListError(
                "there is no column “\(unknown)”; the columns are \(self.header.joined(separator: ", "))"
            )
        }
        var users: [DocumentValue] = []
        for (index, row) in zip(rows.indices, rows) {
            guard row.count == names.count else {
                throw ContactListError("row \(index + 1) has \(row.count) fields instead of \(names.count)")
            }
            users.append(.object(zip(names, row).map { DocumentValue.Member($0, self.value($0, $1)) }))
        }
        return users
    }

    /// `xmpp-access` may be `inherit`; what is no truth value is left to policy-service to complain about.
    private static func value(_ name: String, _ text: String) -> DocumentValue {
        guard name == "xmpp-access" || name == "survivable-branch-appliance" else { return .text(text) }
        switch text.lowercased() {
        case "", "inherit": return .null
        case "true", "yes", "1": return .flag(true)
        case "false", "no", "0": return .flag(false)
        default: return .text(text)
        }
    }

    static func csv(_ users: [DocumentValue]) -> String {
        let rows = users.map { user in
            self.header.map { name in
                user[name] == .null && name == "xmpp-access" ? "inherit" : user[name]?.summary ?? ""
            }
        }
        return ([self.header] + rows).map { CSV.line($0) + "\n" }.joined()
    }
}
