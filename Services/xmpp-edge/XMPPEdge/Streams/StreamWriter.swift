import NIOCore
import XML
import XMPPCore

/// The bytes of our half of a stream that are not written yet: all of a read, or of a batch, become one write.
struct StreamWriter {
    private var writer: XMLWriter
    /// The namespace of stanzas on the wire; within the process it is always that of servers.
    private let contentNamespace: String

    init(contentNamespace: String = Namespace.server) {
        self.contentNamespace = contentNamespace
        self.writer = XMLWriter(
            defaultNamespace: contentNamespace,
            prefixes: StreamHeader.prefixes(withDialback: contentNamespace == Namespace.server)
        )
    }

    var isEmpty: Bool { self.writer.bytes.isEmpty }

    mutating func open(_ header: StreamHeader) {
        self.writer.write(markup: "<?xml version='1.0'?>")
        self.writer.writeRoot(header.root, contentNamespace: self.contentNamespace)
    }

    mutating func write(_ element: XMLElement) { self.writer.write(element) }
    /// Writes a stanza, unless it is larger than the peer takes.
    mutating func write(_ stanza: Stanza, atMost limit: Int?) -> Bool {
        let before = self.writer.bytes.count
        let element = stanza.element
        self.writer.write(
            self.contentNamespace == Namespace.server
                ? element : element.with(self.contentNamespace, insteadOf: Namespace.server)
        )
        guard let limit, self.writer.bytes.count - before > limit else { return true }
        self.writer.truncate(to: before)
        return false
    }

    mutating func writeWhitespace() { self.writer.write(markup: " ") }
    mutating func closeStream() { self.writer.write(markup: "</stream:stream>") }

    /// What is to be written, in a buffer; nothing stays.
    mutating func take(_ allocator: ByteBufferAllocator) -> ByteBuffer {
        let buffer = allocator.buffer(bytes: self.writer.bytes)
        self.writer.removeAll()
        return buffer
    }
}
