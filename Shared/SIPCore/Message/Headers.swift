/// The header fields of a message, in order.
public struct Headers: Equatable, Sendable {
    public struct Field: Equatable, Sendable {
        public var name: HeaderName
        /// Unfolded, without white space around it.
        public var value: String

        public init(_ name: HeaderName, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public var fields: [Field]

    public init(_ fields: [Field] = []) { self.fields = fields }

    /// The value of the first field of that name.
    public subscript(_ name: HeaderName) -> String? {
        get { self.fields.first { $0.name == name }?.value }
        set {
            guard let newValue else { return self.fields.removeAll { $0.name == name } }
            if let index = self.fields.firstIndex(where: { $0.name == name }) {
                self.fields[index].value = newValue
            } else {
                self.fields.append(Field(name, newValue))
            }
        }
    }

    /// The values of all fields of that name.
    public func all(_ name: HeaderName) -> [String] {
        self.fields.compactMap { $0.name == name ? $0.value : nil }
    }

    public mutating func append(_ name: HeaderName, _ value: String) { self.fields.append(Field(name, value)) }

    /// The elements of a list that may be spread over several fields, each as it is written: Record-Route, Route.
    public func elements(_ name: HeaderName) -> [String] { self.all(name).flatMap { ListElements.split($0) } }

    /// The elements of a list that may be spread over several fields: tokens, each with parameters it may have cut off.
    public func tokens(_ name: HeaderName) -> [String] {
        self.all(name).flatMap { value in
            value.split(separator: ",").map { element in
                let token = element.prefix { $0 != ";" }
                return token.trimmingSpace().asciiLowercased
            }
        }.filter { !$0.isEmpty }
    }
}

extension Headers {
    public var from: NameAddress? { self[.from].flatMap { NameAddress(parsing: $0) } }
    public var to: NameAddress? { self[.to].flatMap { NameAddress(parsing: $0) } }
    public var contact: NameAddress? {
        self[.contact].flatMap { NameAddress.list(parsing: $0) }?.first
    }
    public var callID: String? { self[.callID] }
    public var cSeq: CSeq? { self[.cSeq].flatMap { CSeq(parsing: $0) } }
    public var topVia: Via? { self[.via].flatMap { Via.list(parsing: $0)?.first } }
    public var contentType: MediaType? { self[.contentType].flatMap { MediaType(parsing: $0) } }
    public var expires: UInt32? { self[.expires].flatMap { DecimalNumber.parse($0) } }
    public var maxForwards: UInt32? { self[.maxForwards].flatMap { DecimalNumber.parse($0) } }
    public var event: TokenWithParameters? { self[.event].flatMap { TokenWithParameters(parsing: $0) } }
    public var subscriptionState: TokenWithParameters? {
        self[.subscriptionState].flatMap { TokenWithParameters(parsing: $0) }
    }
}

extension Substring {
    func trimmingSpace() -> String {
        var text = self.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
