/// Divides the value of a header field that is a list, at the commas that are in no quotes and no angle brackets
/// ([RFC 3261 §7.3.1](https://www.rfc-editor.org/rfc/rfc3261#section-7.3.1)).
enum ListElements {
    static func split(_ value: String) -> [String] {
        let bytes = Array(value.utf8)
        var elements: [String] = []
        var start = 0
        var isQuoted = false
        var isBracketed = false
        var index = 0
        func end(at index: Int) {
            let range = bytes.span.trimmed(start..<index)
            if !range.isEmpty { elements.append(String(decoding: bytes[range], as: UTF8.self)) }
        }
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\\") where isQuoted: index += 1
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "<") where !isQuoted: isBracketed = true
            case UInt8(ascii: ">") where !isQuoted: isBracketed = false
            case UInt8(ascii: ",") where !isQuoted && !isBracketed:
                end(at: index)
                start = index + 1
            default: break
            }
            index += 1
        }
        end(at: bytes.count)
        return elements
    }
}
