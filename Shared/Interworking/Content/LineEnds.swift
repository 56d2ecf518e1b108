/// The line ends of a text.
enum LineEnds {
    /// With a line feed for every line end, as XML has it ([XML 1.0 §2.11](https://www.w3.org/TR/xml/#sec-line-ends)): a body's
    /// CRLF would otherwise reach the client as a character reference.
    static func normalized(_ text: String) -> String {
        guard text.utf8.contains(0x0D) else { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte == 0x0D {
                bytes.append(0x0A)
            } else if byte != 0x0A || previous != 0x0D {
                bytes.append(byte)
            }
            previous = byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
