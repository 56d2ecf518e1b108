import XML
import XMPPCore

/// Bytes of a stream, in pieces whose lengths the input chooses: whatever they are, they are read or refused, and what is
/// read can be written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard var parser = try? XMLStreamParser(limits: .document) else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    let size = Int(first) + 1
    for begin in stride(from: 1, to: bytes.count, by: size) {
        for item in parser.feed(bytes[begin..<min(begin + size, bytes.count)]) {
            guard case .element(let element, _) = item else { continue }
            _ = try? Stanza(element)
            let written = XMLWriter.bytes(of: element)
            precondition((try? XMLDocument.parse(written)) == element, "written and read again it is another element")
        }
    }
    return 0
}
