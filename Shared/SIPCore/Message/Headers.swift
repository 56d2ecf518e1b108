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

    public var fields: [Field] { didSet { self.core = nil } }

    /// What the parser has read already; `nil` since a field was changed.
    private var core: CoreFields?

    public init(_ fields: [Field] = []) { self.fields = fields }

    public static func == (left: Self, right: Self) -> Bool { left.fields == right.fields }

    /// Keeps what was read of these fields: everybody asks for it.
    mutating func remember(_ core: CoreFields) { self.core = core }

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
    public var from: NameAddress? {
        if let core = self.core { return core.from }
        return self[.from].flatMap { NameAddress(parsing: $0) }
    }
    public var to: NameAddress? {
        if let core = self.core { return core.to }
        return self[.to].flatMap { NameAddress(parsing: $0) }
    }
    public var contact: NameAddress? {
        self[.contact].flatMap { NameAddress.list(parsing: $0) }?.first
    }
    public var callID: String? { self[.callID] }
    public var cSeq: CSeq? {
        if let core = self.core { return core.cSeq }
        return self[.cSeq].flatMap { CSeq(parsing: $0) }
    }
    public var topVia: Via? {
        if let core = self.core { return core.topVia }
        return self[.via].flatMap { Via.list(parsing: $0)?.first }
    }
    public var contentType: MediaType? { self[.contentType].flatMap { MediaType(parsing: $0) } }
    public var expires: UInt32? { self[.expires].flatMap { DecimalNumber.parse($0) } }
    public var maxForwards: UInt32? { self[.maxForwards].flatMap { DecimalNumber.parse($0) } }
    public var event: TokenWithParameters? { self[.event].flatMap { TokenWithParameters(parsing: $0) } }
    public var subscriptionState: TokenWithParameters? {
        self[.subscriptionState].flatMap { TokenWithParameters(parsing: $0) }
    }
}

extension Headers {
    /// Puts `via` in the place of the topmost one, of which it differs in parameters only.
    public mutating func replaceTopVia(by via: Via) {
        guard let index = self.fields.firstIndex(where: { $0.name == .via }) else { return }
        let core = self.core
        let others = ListElements.split(self.fields[index].value).dropFirst()
        self.fields[index].value = ([via.description] + others).joined(separator: ", ")
        if let core { self.core = CoreFields(from: core.from, to: core.to, cSeq: core.cSeq, topVia: via) }
    }
}

extension Substring {
    func trimmingSpace() -> String {
        var text = self.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
