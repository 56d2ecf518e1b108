/// Writes XML as bytes; what it writes is well-formed whatever text it is given.
///
/// A character that XML 1.0 forbids is written as U+FFFD: it never reaches a stream that others share.
public struct XMLWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    /// The default namespace where the next element is written.
    private var defaultNamespace: String
    /// Prefixes declared further up, by namespace.
    private let prefixes: [String: String]

    /// Makes a writer for elements inside one that has declared `defaultNamespace` and `prefixes` (by namespace).
    public init(defaultNamespace: String = "", prefixes: [String: String] = [:]) {
        self.defaultNamespace = defaultNamespace
        self.prefixes = prefixes
    }

    /// The bytes of `element` alone.
    public static func bytes(of element: XMLElement, defaultNamespace: String = "") -> [UInt8] {
        var writer = XMLWriter(defaultNamespace: defaultNamespace)
        writer.write(element)
        return writer.bytes
    }

    /// The room that stays when nothing is written: a batch of stanzas, and not the largest one there ever was.
    private static let keptRoom = 65_536

    /// Forgets what was written, but not the room for as much, unless it is much.
    public mutating func removeAll() {
        self.bytes.removeAll(keepingCapacity: self.bytes.capacity <= Self.keptRoom)
    }

    /// Takes back what was written after the first `count` bytes.
    public mutating func truncate(to count: Int) { self.bytes.removeLast(max(0, self.bytes.count - count)) }

    /// Writes what is known to be XML.
    public mutating func write(markup: StaticString) {
        markup.withUTF8Buffer { self.bytes.append(contentsOf: $0) }
    }

    /// Writes an element with all that is in it.
    public mutating func write(_ element: XMLElement) {
        let outer = self.defaultNamespace
        let prefix = self.openTag(element)
        if element.children.isEmpty {
            self.write(markup: "/>")
        } else {
            self.write(markup: ">")
            for child in element.children {
                switch child {
                case .element(let element): self.write(element)
                case .text(let text): self.escape(text, inAttribute: false)
                }
            }
            self.write(markup: "</")
            self.writeName(element.name, prefix: prefix)
            self.write(markup: ">")
        }
        self.defaultNamespace = outer
    }

    /// Writes the start tag of an element that stays open: a stream's root, with the prefixes of this writer and
    /// `contentNamespace` declared on it.
    public mutating func writeRoot(_ element: XMLElement, contentNamespace: String) {
        self.defaultNamespace = contentNamespace
        self.write(markup: "<")
        self.writeName(element.name, prefix: self.prefixes[element.namespace])
        self.writeAttribute("xmlns", contentNamespace)
        for (namespace, prefix) in self.prefixes.sorted(by: { $0.value < $1.value }) {
            self.writeAttribute("xmlns:\(prefix)", namespace)
        }
        self.writeAttributes(element)
        self.write(markup: ">")
    }

    /// `<name attributes` with the declarations it needs; returns the prefix it used.
    private mutating func openTag(_ element: XMLElement) -> String? {
        self.write(markup: "<")
        let prefix = element.namespace == self.defaultNamespace ? nil : self.prefixes[element.namespace]
        self.writeName(element.name, prefix: prefix)
        if prefix == nil, element.namespace != self.defaultNamespace {
            self.writeAttribute("xmlns", element.namespace)
            self.defaultNamespace = element.namespace
        }
        self.writeAttributes(element)
        return prefix
    }

    private mutating func writeAttributes(_ element: XMLElement) {
        var generated = 0
        for attribute in element.attributes {
            switch attribute.namespace {
            case nil:
                self.writeAttribute(attribute.name, attribute.value)
            case XMLElement.xmlNamespace?:
                self.writeAttribute("xml:\(attribute.name)", attribute.value)
            case let namespace?:
                if let prefix = self.prefixes[namespace] {
                    self.writeAttribute("\(prefix):\(attribute.name)", attribute.value)
                } else {
                    generated += 1
                    self.writeAttribute("xmlns:ns\(generated)", namespace)
                    self.writeAttribute("ns\(generated):\(attribute.name)", attribute.value)
                }
            }
        }
    }

    private mutating func writeName(_ name: String, prefix: String?) {
        if let prefix {
            self.bytes.append(contentsOf: prefix.utf8)
            self.bytes.append(UInt8(ascii: ":"))
        }
        self.bytes.append(contentsOf: name.utf8)
    }

    private mutating func writeAttribute(_ name: String, _ value: String) {
        self.bytes.append(UInt8(ascii: " "))
        self.bytes.append(contentsOf: name.utf8)
        self.write(markup: "=\"")
        self.escape(value, inAttribute: true)
        self.write(markup: "\"")
    }

    /// Whether text may be written as it is, everywhere.
    private static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        // Without a way out in the middle, so that many bytes are looked at in one step.
        var special: UInt8 = 0
        for byte in bytes {
            special |= byte &- 0x20 < 0x5F ? 0 : 1
            special |= byte == 0x26 || byte == 0x3C || byte == 0x3E || byte == 0x22 ? 1 : 0
        }
        return special == 0
    }

    private mutating func escape(_ text: String, inAttribute: Bool) {
        // Most text needs nothing.
        let isWritten = text.utf8.withContiguousStorageIfAvailable { bytes in
            guard Self.isPlain(bytes) else { return false }
            self.bytes.append(contentsOf: bytes)
            return true
        }
        if isWritten == true { return }
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x26: self.write(markup: "&amp;")
            case 0x3C: self.write(markup: "&lt;")
            case 0x3E: self.write(markup: "&gt;")
            case 0x22 where inAttribute: self.write(markup: "&quot;")
            case 0x09 where inAttribute: self.write(markup: "&#9;")
            case 0x0A where inAttribute: self.write(markup: "&#10;")
            case 0x0D: self.write(markup: "&#13;")
            case 0x09, 0x0A, 0x20...0xFFFD, 0x1_0000...: self.bytes.append(contentsOf: UTF8.encode(scalar) ?? .init())
            default: self.bytes.append(contentsOf: [0xEF, 0xBF, 0xBD])
            }
        }
    }
}
