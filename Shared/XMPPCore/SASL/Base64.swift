/// [RFC 4648 §4](https://www.rfc-editor.org/rfc/rfc4648#section-4): what SASL wraps its messages in, without white space and with all padding.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let group = Array(rest.prefix(3))
            rest = rest.dropFirst(3)
            let value =
                UInt32(group[0]) << 16 | (group.count > 1 ? UInt32(group[1]) << 8 : 0)
                | (group.count > 2 ? UInt32(group[2]) : 0)
            for position in 0..<4 {
                text.append(
                    position <= group.count
                        ? self.alphabet[Int(value >> (18 - 6 * UInt32(position))) & 63] : UInt8(ascii: "=")
                )
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        guard bytes.count % 4 == 0 else { return nil }
        let padding = bytes.suffix(2).count { $0 == UInt8(ascii: "=") }
        guard padding < 2 || bytes.last == UInt8(ascii: "=") else { return nil }
        var result: [UInt8] = []
        var value: UInt32 = 0
        for (index, byte) in bytes.enumerated() {
            let digit: Int
            if index >= bytes.count - padding {
                guard byte == UInt8(ascii: "=") else { return nil }
                digit = 0
            } else {
                guard let found = self.alphabet.firstIndex(of: byte) else { return nil }
                digit = found
            }
            value = value << 6 | UInt32(digit)
            if index % 4 == 3 {
                result += [UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
                value = 0
            }
        }
        return result.dropLast(padding)
    }
}
