import Interworking
import Messaging
import Policy
import SIPCore
import XMPPCore

/// Whether the users of a split domain are the same people, by the same addresses, on both of its servers and in the directory
/// (SPEC §7): what Cisco's guide has an administrator verify by hand before users are moved.
struct DomainAlignment {
    struct User {
        let address: String
        let home: UserRecord.Home
    }

    private let domain: String
    private let mode: Partition.Mode
    private let directory: [String: User]

    /// - Throws: ``ContactListError`` when the domain is not ours or not split.
    init(_ domain: String, configuration: DocumentValue) throws(ContactListError) {
        let domain = domain.lowercased()
        guard
            let entry = (configuration["domains"]?.elements ?? []).first(where: { $0["domain"]?.text == domain })
        else { throw ContactListError("\(domain) is not a domain of this gateway: isthmusctl domain add \(domain)") }
        let mode = entry["partition"]?.text.flatMap { Partition.Mode(rawValue: $0) } ?? .off
        guard mode != .off else {
            throw ContactListError("\(domain) is not split: isthmusctl domain set \(domain) --partition basic")
        }
        self.domain = domain
        self.mode = mode
        let users = (configuration["users"]?.elements ?? []).compactMap { user -> (String, User)? in
            guard let address = user["address"]?.text, address.hasSuffix("@\(domain)") else { return nil }
            let home = user["home"]?.text.flatMap { UserRecord.Home(rawValue: $0) }
            return (address, User(address: address, home: home ?? .sip))
        }
        self.directory = Dictionary(users) { first, _ in first }
    }

    var count: Int { self.directory.count }

    /// Compares the directory with the addresses that the servers have, where these are known.
    ///
    /// - Returns: what does not fit, in words, with what to do about it
    func problems(sip: [String]?, xmpp: [String]?) -> [String] {
        var problems = self.mapping(Set(self.directory.keys).union(sip ?? []).union(xmpp ?? []).sorted())
        if let sip { problems += self.compare(sip, .sip) }
        if let xmpp { problems += self.compare(xmpp, .xmpp) }
        if let sip, let xmpp {
            problems += Set(sip).intersection(xmpp).sorted().map {
                "\($0) has an account on both servers: remove the one where the user does not live"
            }
        }
        return problems
    }

    // MARK: Addresses

    /// Addresses that one of the worlds cannot say, and such as become one when they are mapped.
    private func mapping(_ addresses: [String]) -> [String] {
        var problems: [String] = []
        var owners: [String: String] = [:]
        for text in addresses {
            guard let at = text.lastIndex(of: "@"), at > text.startIndex else {
                problems.append("“\(text)” is no address")
                continue
            }
            let host = String(text[text.index(after: at)...])
            guard host == self.domain else {
                problems.append("\(text) is not of \(self.domain): both servers must have the very same domain")
                continue
            }
            let address = Address(user: String(text[..<at]), domain: host)
            do throws(AddressError) {
                let jid = try JID(address)
                guard try Address(SIPURI(address)) == (try Address(jid)) else {
                    problems.append("\(text) is another address on the other side: rename it")
                    continue
                }
                if let other = owners[jid.description] {
                    problems.append("\(text) and \(other) are both \(jid) for XMPP: rename one of them")
                }
                owners[jid.description] = text
            } catch {
                problems.append("\(text) cannot be mapped, for \(error): rename it")
            }
        }
        return problems
    }

    // MARK: Who lives where

    private func compare(_ listed: [String], _ side: UserRecord.Home) -> [String] {
        let server = side == .sip ? "the SIP server" : "the XMPP server"
        let here = Set(listed)
        let strangers = here.sorted().compactMap { address -> String? in
            guard address.hasSuffix("@\(self.domain)") else { return nil }
            guard let user = self.directory[address] else {
                // Basic routing takes whoever it does not know for the SIP server's.
                guard side == .xmpp || self.mode == .advanced else { return nil }
                return "\(address) is known to \(server) only: isthmusctl user add \(address) --home \(side.rawValue)"
            }
            guard user.home != side else { return nil }
            return
                "\(address) has an account on \(server), and the directory says \(user.home.rawValue): isthmusctl user set \(address) --home \(side.rawValue), or remove the account"
        }
        let missing = self.directory.values.filter { $0.home == side && !here.contains($0.address) }.map(\.address)
        return strangers
            + missing.sorted().map {
                "\($0) has the home \(side.rawValue), and \(server) does not know the user: create the account there, or isthmusctl user remove \($0)"
            }
    }
}
