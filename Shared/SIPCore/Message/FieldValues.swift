/// `1*DIGIT`, and nothing else; too large a number is none.
enum DecimalNumber {
    static func parse(_ text: some StringProtocol) -> UInt32? {
        guard !text.isEmpty else { return nil }
        var number: UInt32 = 0
        for byte in text.utf8 {
            guard byte.isSIPDigit else { return nil }
            let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, isFull) = tens.addingReportingOverflow(UInt32(byte - 0x30))
            guard !isTooLarge, !isFull else { return nil }
            number = sum
        }
        return number
    }
}

/// CSeq ([RFC 3261 §20.16](https://www.rfc-editor.org/rfc/rfc3261#section-20.16)).
public struct CSeq: Hashable, Sendable, CustomStringConvertible {
    public var number: UInt32
    public var method: Method

    public init(_ number: UInt32, _ method: Method) {
        self.number = number
        self.method = method
    }

    public init?(parsing text: String) {
        var scanner = Scanner(text)
        let digits = scanner.take { $0.isSIPDigit }
        // RFC 3261 §8.1.1.5: less than 2^31.
        guard let number = DecimalNumber.parse(digits), number < 1 << 31, scanner.peek?.isSIPSpace == true else {
            return nil
        }
        scanner.skipSpace()
        let method = scanner.take { $0.isSIPToken }
        guard !method.isEmpty, scanner.isAtEnd else { return nil }
        self.init(number, Method(method))
    }

    public var description: String { "\(self.number) \(self.method.name)" }
}

/// A Via ([RFC 3261 §20.42](https://www.rfc-editor.org/rfc/rfc3261#section-20.42)).
public struct Via: Hashable, Sendable {
    /// Whether a request can come to us by it.
    static func isOurs(_ transport: String) -> Bool {
        switch transport {
        case "TCP", "TLS", "UDP": true
        default: false
        }
    }

    /// What every branch of RFC 3261 begins with, §8.1.1.7.
    public static let magicCookie = "z9hG4bK"

    /// `UDP`, `TCP`, `TLS` … in upper case.
    public var transport: String
    public var host: String
    public var port: UInt16?
    public var parameters: [SIPURI.Parameter]

    public init(transport: String, host: String, port: UInt16?, parameters: [SIPURI.Parameter]) {
        self.transport = transport
        self.host = host
        self.port = port
        self.parameters = parameters
    }

    public var branch: String? { self.parameters.first { $0.name == "branch" }?.value }

    public static func list(parsing text: String) -> [Via]? {
        var scanner = Scanner(text)
        var all: [Via] = []
        while true {
            guard let via = Via(&scanner) else { return nil }
            all.append(via)
            if scanner.isAtEnd { return all }
            guard scanner.skip(UInt8(ascii: ",")) else { return nil }
        }
    }

    private init?(_ scanner: inout Scanner) {
        scanner.skipSpace()
        guard scanner.skip(caseInsensitive: "sip"), Self.skipSlash(&scanner), scanner.skip(caseInsensitive: "2.0"),
            Self.skipSlash(&scanner)
        else { return nil }
        let transport = scanner.take { $0.isSIPToken }
        guard !transport.isEmpty, scanner.peek?.isSIPSpace == true else { return nil }
        scanner.skipSpace()
        guard let host = try? SIPURI.host(&scanner) else { return nil }
        scanner.skipSpace()
        guard let port = try? SIPURI.port(&scanner) as UInt16?? else { return nil }
        guard let parameters = HeaderParameters.parse(&scanner) else { return nil }
        self.init(transport: transport.asciiUppercased, host: host, port: port, parameters: parameters)
    }

    private static func skipSlash(_ scanner: inout Scanner) -> Bool {
        scanner.skipSpace()
        guard scanner.skip(UInt8(ascii: "/")) else { return false }
        scanner.skipSpace()
        return true
    }
}

extension Via: CustomStringConvertible {
    public var description: String {
        "SIP/2.0/\(self.transport) \(self.host)" + (self.port.map { ":\($0)" } ?? "")
            + HeaderParameters.text(self.parameters)
    }
}

/// A media type ([RFC 3261 §20.15](https://www.rfc-editor.org/rfc/rfc3261#section-20.15)); names in lower case.
public struct MediaType: Hashable, Sendable {
    /// `text/plain`.
    public var essence: String
    public var parameters: [SIPURI.Parameter]

    public init?(parsing text: String) {
        var scanner = Scanner(text)
        let type = scanner.take { $0.isSIPToken }
        let slash = scanner.position
        scanner.skipSpace()
        guard !type.isEmpty, scanner.skip(UInt8(ascii: "/")) else { return nil }
        scanner.skipSpace()
        let isClose = scanner.position == slash + 1
        let subtype = scanner.take { $0.isSIPToken }
        // As it stands, mostly: spaces around the slash are rare.
        let essence = isClose ? scanner.text(from: 0, to: scanner.position) : "\(type)/\(subtype)"
        guard !subtype.isEmpty, let parameters = HeaderParameters.parse(&scanner), scanner.isAtEnd else { return nil }
        self.essence = essence.asciiLowercased
        self.parameters = parameters
    }

    public func parameter(_ name: String) -> String? { self.parameters.first { $0.name == name }?.value }
}

/// A token with parameters: Event, Subscription-State.
public struct TokenWithParameters: Hashable, Sendable {
    public var token: String
    public var parameters: [SIPURI.Parameter]

    public init?(parsing text: String) {
        var scanner = Scanner(text)
        self.token = scanner.take { $0.isSIPToken }.asciiLowercased
        guard !self.token.isEmpty, let parameters = HeaderParameters.parse(&scanner), scanner.isAtEnd else {
            return nil
        }
        self.parameters = parameters
    }

    public func parameter(_ name: String) -> String? { self.parameters.first { $0.name == name }?.value }
}
