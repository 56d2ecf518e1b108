import CExpat
import XML
import XMPPCore

/// A long stream of `<message/>` stanzas with bodies of 100 bytes, read in pieces: by bare expat with callbacks that do nothing, by our
/// parser to elements, and by it to stanzas.
enum XMLBench {
    private static let stanzas = 100_000
    /// What a read of a busy connection brings.
    private static let pieces = [200, 4096, 65_536]
    private static let header = """
        <?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' \
        xmlns:db='jabber:server:dialback' from='one.example' to='two.example' version='1.0'>
        """
    private static let limits = XMLLimits(bytes: 262_144, elements: 4096, attributes: 64, depth: 32, text: 262_144)

    enum Failure: Error { case notWellFormed, miscounted(Int) }

    static func measure(runs: Int, _ report: inout Report) throws {
        let header = Array(Self.header.utf8)
        let body = String(repeating: "x", count: 100)
        let text = (0..<Self.stanzas).map { index in
            "<message from='u\(index % 100)@one.example/r' to='v\(index % 100)@two.example' type='chat' id='a\(index)'>"
                + "<body>\(body)</body></message>"
        }
        let bytes = Array(text.joined().utf8)
        for piece in Self.pieces {
            var expat: [Double] = []
            var elements: [Double] = []
            var stanzas: [Double] = []
            for _ in 0..<runs {
                expat.append(try Self.expat(header, bytes, piece))
                elements.append(try Self.parser(header, bytes, piece, makesStanzas: false))
                stanzas.append(try Self.parser(header, bytes, piece, makesStanzas: true))
            }
            let base = median(expat)
            func rate(_ seconds: [Double]) -> [Double] { seconds.map { Double(bytes.count) / $0 / 1e6 } }
            let reads = "reads of \(piece) B"
            report.add("XML, \(reads): bare expat, no callbacks' work", rate(expat), unit: "MB/s", ratio: 1)
            report.add("XML, \(reads): to elements", rate(elements), unit: "MB/s", ratio: median(elements) / base)
            report.add("XML, \(reads): to stanzas", rate(stanzas), unit: "MB/s", ratio: median(stanzas) / base)
        }
    }

    private static func expat(_ header: [UInt8], _ bytes: [UInt8], _ piece: Int) throws -> Double {
        guard let parser = XML_ParserCreateNS(nil, 1) else { throw Failure.notWellFormed }
        defer { XML_ParserFree(parser) }
        XML_SetElementHandler(parser, { _, _, _ in }, { _, _ in })
        XML_SetCharacterDataHandler(parser, { _, _, _ in })
        func feed(_ bytes: UnsafeRawBufferPointer) throws {
            let text = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            guard XML_Parse(parser, text, CInt(bytes.count), 0) == XML_STATUS_OK else { throw Failure.notWellFormed }
        }
        try header.withUnsafeBytes(feed)
        let begin = cpuSeconds()
        try Self.inPieces(bytes, piece, feed)
        return cpuSeconds() - begin
    }

    private static func parser(
        _ header: [UInt8],
        _ bytes: [UInt8],
        _ piece: Int,
        makesStanzas: Bool
    ) throws -> Double {
        var parser = try XMLStreamParser(limits: Self.limits, vocabulary: .stream)
        _ = parser.feed(header)
        var items: [XMLStreamParser.Item] = []
        var count = 0
        let begin = cpuSeconds()
        try Self.inPieces(bytes, piece) { bytes in
            items.removeAll(keepingCapacity: true)
            parser.feed(bytes, into: &items)
            for case .element(let element, _) in items {
                if makesStanzas { guard try Stanza(element).to != nil else { throw Failure.notWellFormed } }
                count += 1
            }
        }
        guard count == Self.stanzas else { throw Failure.miscounted(count) }
        return cpuSeconds() - begin
    }

    private static func inPieces(
        _ bytes: [UInt8],
        _ piece: Int,
        _ feed: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        try bytes.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: piece) {
                try feed(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + piece, bytes.count)]))
            }
        }
    }
}
