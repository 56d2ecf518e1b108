/// The escapes of [RFC 3261 §19.1.2](https://www.rfc-editor.org/rfc/rfc3261#section-19.1.2).
public enum PercentEncoding {
    /// `text` with all escapes undone; `nil` when one is cut short, or what comes out is no UTF-8 or holds a NUL.
    public static func decode(_ text: some StringProtocol) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = iterator.next().flatMap(self.value), let low = iterator.next().flatMap(self.value) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        guard !bytes.contains(0) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// `text` with everything escaped that may not stand in the user part of a SIP URI.
    public static func encodeUser(_ text: String) -> String { self.encode(text) { $0.isSIPUser } }

    /// `text` with everything escaped that may not stand in a URI parameter.
    public static func encodeParameter(_ text: String) -> String { self.encode(text) { $0.isSIPParameter } }

    private static func encode(_ text: String, keeping isPlain: (UInt8) -> Bool) -> String {
        if text.utf8.allSatisfy(isPlain) { return text }
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isPlain(byte) {
                bytes.append(byte)
            } else {
                bytes.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}
