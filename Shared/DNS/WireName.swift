/// A domain name as it stands in record data: labels behind their lengths, without compression.
enum WireName {
    /// The name in lower case without final dot, empty for the root; nil if it is damaged, has bytes after it, or has a
    /// label with anything but letters, digits, hyphen and underscore.
    static func text(_ bytes: ArraySlice<UInt8>) -> String? {
        var rest = bytes
        var text: [UInt8] = []
        while let count = rest.popFirst(), count != 0 {
            guard count <= 63, rest.count > Int(count) else { return nil }
            if !text.isEmpty { text.append(UInt8(ascii: ".")) }
            for byte in rest.prefix(Int(count)) {
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"):
                    text.append(byte)
                case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                    text.append(byte | 0x20)
                default:
                    return nil
                }
            }
            rest = rest.dropFirst(Int(count))
        }
        guard rest.isEmpty, !bytes.isEmpty, bytes.count <= 255 else { return nil }
        return String(decoding: text, as: UTF8.self)
    }
}
