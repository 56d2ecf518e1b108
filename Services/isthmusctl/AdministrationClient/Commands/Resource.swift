import ArgumentParser
import Policy

/// A kind of object that the API lists, and the command line's view of it.
protocol Resource {
    associatedtype Fields: FieldOptions
    /// The path below `/v1`: `partners`.
    static var path: String { get }
    /// What one is called: `partner`.
    static var noun: String { get }
    /// What names one: `domain`.
    static var keyField: String { get }
    /// The fields of a table.
    static var columns: [String] { get }
    /// One, with options, as the help shows it.
    static var example: (key: String, added: String, changed: String) { get }
}

extension Resource {
    /// Does something with an object that may not be there; then it is said how to find those that are.
    static func ofOne<Result>(
        _ key: String,
        offersToAdd: Bool = false,
        _ work: () async throws -> Result
    ) async throws
        -> Result
    {
        do {
            return try await work()
        } catch ClientError.refused(var refusal) where refusal.status == 404 {
            refusal.hint =
                "`isthmusctl \(self.noun) list` shows all"
                + (offersToAdd ? ", `isthmusctl \(self.noun) add \(key)` adds it." : ".")
            throw ClientError.refused(refusal)
        }
    }
}

/// Options that say what the fields of an object shall be.
protocol FieldOptions: ParsableArguments {
    /// The fields that were given.
    var members: [DocumentValue.Member] { get }
    /// Elements to add to or take from lists, by field.
    var listChanges: [ListChange] { get }
}

/// Elements to add to or take from a list.
struct ListChange {
    var field: String
    var added: [String]
    var removed: [String]
}

extension FieldOptions {
    var listChanges: [ListChange] { [] }
}

/// Collects the fields that were given.
struct Members {
    private(set) var members: [DocumentValue.Member] = []

    mutating func add(_ name: String, _ value: String?) {
        if let value { self.members.append(.init(name, .text(value))) }
    }
    mutating func add(_ name: String, _ value: Bool?) {
        if let value { self.members.append(.init(name, .flag(value))) }
    }
    mutating func add(_ name: String, _ value: Int?) {
        if let value { self.members.append(.init(name, .integer(value))) }
    }

    mutating func add(_ name: String, _ values: [String]) {
        if !values.isEmpty { self.members.append(.init(name, DocumentValue(texts: values))) }
    }

    /// `true`, `false`, or `inherit`: as the wider scope says.
    mutating func add(_ name: String, _ access: Access?) {
        switch access {
        case nil: break
        case .true: self.members.append(.init(name, .flag(true)))
        case .false: self.members.append(.init(name, .flag(false)))
        case .inherit: self.members.append(.init(name, .null))
        }
    }
}

/// A permission that a wider scope can give.
enum Access: String, ExpressibleByArgument, CaseIterable { case `true`, `false`, inherit }

enum PartnerResource: Resource {
    typealias Fields = PartnerFields
    static let path = "partners"
    static let noun = "partner"
    static let keyField = "domain"
    static let columns = ["domain", "additional-domains", "partner-type", "tls", "sasl", "dialback", "enabled"]
    static let example = (
        key: "example.net", added: "--partner-type federated --dialback false", changed: "--tls optional --dry-run"
    )
}

enum DomainResource: Resource {
    typealias Fields = DomainFields
    static let path = "domains"
    static let noun = "domain"
    static let keyField = "domain"
    static let columns = ["domain", "xmpp-access", "directory-complete", "partition", "description"]
    static let example = (key: "example.com", added: "--xmpp-access true", changed: "--directory-complete true")
}

enum UserResource: Resource {
    typealias Fields = UserFields
    static let path = "users"
    static let noun = "user"
    static let keyField = "address"
    static let columns = ["address", "display-name", "home", "xmpp-access", "survivable-branch-appliance"]
    static let example = (key: "juliet@example.com", added: "--home sip", changed: "--xmpp-access true")
}

enum RouteResource: Resource {
    typealias Fields = RouteFields
    static let path = "routes"
    static let noun = "route"
    static let keyField = "id"
    static let columns = ["id", "user", "domain", "next-hop", "port", "transport", "priority", "enabled"]
    static let example = (key: "r1", added: "", changed: "--enabled false --reason maintenance")
}

enum HostResource: Resource {
    typealias Fields = HostFields
    static let path = "hosts"
    static let noun = "host"
    static let keyField = "host"
    static let columns = ["host", "outbound-only", "throttle-as-server", "treat-as-authenticated"]
    static let example = (key: "pool.example.com", added: "", changed: "--outbound-only true")
}
