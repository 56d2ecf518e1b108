/// An address with an optional display name and parameters: the value of From, To, Contact
/// ([RFC 3261 §20.10](https://www.rfc-editor.org/rfc/rfc3261#section-20.10)).
public struct NameAddress: Hashable, Sendable {
    /// What the address is: mostly a SIP URI; others are kept as they are written.
    public enum URI: Hashable, Sendable {
        case sip(SIPURI)
        case other(String)
    }

    public var displayName: String?
    public var uri: URI
    /// The parameters of the header field, not those of the URI; names in lower case, values unquoted.
    public var parameters: [SIPURI.Parameter]

    public init(displayName: String? = nil, uri: SIPURI, parameters: [SIPURI.Parameter] = []) {
        self.displayName = displayName
        self.uri = .sip(uri)
        self.parameters = parameters
    }

    /// Reads the one address in `text`.
    public init?(parsing text: String) {
        var scanner = Scanner(text)
        guard let first = NameAddress(&scanner), scanner.isAtEnd else { return nil }
        self = first
    }

    /// Reads all addresses in `text`, which commas separate.
    public static func list(parsing text: String) -> [NameAddress]? {
        var scanner = Scanner(text)
        var all: [NameAddress] = []
        while true {
            guard let next = NameAddress(&scanner) else { return nil }
            all.append(next)
            if scanner.isAtEnd { return all }
            guard scanner.skip(UInt8(ascii: ",")) else { return nil }
        }
    }

    public var sipURI: SIPURI? { if case .sip(let uri) = self.uri { uri } else { nil } }
    public var tag: String? { self.parameter("tag")?.value }
    public func parameter(_ name: String) -> SIPURI.Parameter? { self.parameters.first { $0.name == name } }
}

extension NameAddress {
    init?(_ scanner: inout Scanner) {
        scanner.skipSpace()
        self.displayName = nil
        var isBracketed = false
        if scanner.peek == UInt8(ascii: "\"") {
            guard let name = scanner.quotedString() else { return nil }
            self.displayName = name
            scanner.skipSpace()
            guard scanner.skip(UInt8(ascii: "<")) else { return nil }
            isBracketed = true
        } else if scanner.skip(UInt8(ascii: "<")) {
            isBracketed = true
        } else if let bracket = scanner.offset(
            of: UInt8(ascii: "<"),
            before: {
                $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: ":")
                    || $0 == UInt8(ascii: "\"")
            }
        ) {
            var name = scanner.text(from: scanner.position, to: bracket)
            while name.last == " " || name.last == "\t" { name.removeLast() }
            guard name.utf8.allSatisfy({ $0.isSIPToken || $0.isSIPSpace }) else { return nil }
            self.displayName = name
            scanner.move(to: bracket + 1)
            isBracketed = true
        }
        guard let uri = Self.uri(&scanner, isBracketed: isBracketed) else { return nil }
        self.uri = uri
        if isBracketed { guard scanner.skip(UInt8(ascii: ">")) else { return nil } }
        guard let parameters = HeaderParameters.parse(&scanner) else { return nil }
        self.parameters = parameters
    }

    private static func uri(_ scanner: inout Scanner, isBracketed: Bool) -> URI? {
        let start = scanner.position
        scanner.skip {
            isBracketed
                ? $0 != UInt8(ascii: ">")
                : !$0.isSIPSpace && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "?")
        }
        guard scanner.position > start else { return nil }
        do throws(SIPURIError) {
            return .sip(try SIPURI(filling: Scanner(scanner, from: start, to: scanner.position)))
        } catch {
            let text = scanner.text(from: start, to: scanner.position)
            guard error.reason == .unknownScheme, self.isAbsoluteURI(text) else {
                scanner.move(to: start)
                return nil
            }
            return .other(text)
        }
    }

    /// Whether `text` has a scheme, a colon, and no space
    /// (`absoluteURI` in [RFC 3261 §25.1](https://www.rfc-editor.org/rfc/rfc3261#section-25.1)).
    static func isAbsoluteURI(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), text.utf8.first?.isSIPAlpha == true else {
            return false
        }
        return text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
            && text.utf8[..<colon].allSatisfy {
                $0.isSIPAlphanumeric || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
            }
    }
}

extension NameAddress: CustomStringConvertible {
    public var description: String {
        var text = self.displayName.map { "\(HeaderParameters.quoted($0)) " } ?? ""
        switch self.uri {
        case .sip(let uri): text += "<\(uri)>"
        case .other(let uri): text += "<\(uri)>"
        }
        return text + HeaderParameters.text(self.parameters)
    }
}
