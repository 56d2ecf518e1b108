/// `*(SEMI generic-param)`: what follows the main value of many header fields.
enum HeaderParameters {
    /// Reads parameters up to a comma or the end; `nil` when they are malformed or one stands twice.
    static func parse(_ scanner: inout Scanner) -> [SIPURI.Parameter]? {
        var parameters: [SIPURI.Parameter] = []
        while true {
            scanner.skipSpace()
            guard scanner.skip(UInt8(ascii: ";")) else { break }
            scanner.skipSpace()
            let name = scanner.take { $0.isSIPToken }.asciiLowercased
            guard !name.isEmpty, !parameters.contains(where: { $0.name == name }) else { return nil }
            scanner.skipSpace()
            guard scanner.skip(UInt8(ascii: "=")) else {
                parameters.append(.init(name))
                continue
            }
            scanner.skipSpace()
            guard let value = self.value(&scanner) else { return nil }
            parameters.append(.init(name, value))
        }
        guard scanner.isAtEnd || scanner.peek == UInt8(ascii: ",") else { return nil }
        return parameters
    }

    private static func value(_ scanner: inout Scanner) -> String? {
        if scanner.peek == UInt8(ascii: "\"") { return scanner.quotedString() }
        let value = scanner.take {
            $0.isSIPToken || $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") || $0 == UInt8(ascii: ":")
                || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "<")
                || $0 == UInt8(ascii: ">")
        }
        return value.isEmpty ? nil : value
    }

    static func text(_ parameters: [SIPURI.Parameter]) -> String {
        parameters.reduce(into: "") { text, parameter in
            text += ";\(parameter.name)"
            guard let value = parameter.value else { return }
            let isPlain =
                !value.isEmpty
                && value.utf8.allSatisfy {
                    $0.isSIPToken || $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") || $0 == UInt8(ascii: ":")
                }
            text += "=\(isPlain ? value : self.quoted(value))"
        }
    }

    /// `text` as a `quoted-string`; line ends cannot be in one and become spaces.
    static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
            case 0x0D, 0x0A, 0x00: bytes.append(0x20)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }
}
