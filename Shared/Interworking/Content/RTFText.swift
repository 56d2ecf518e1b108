/// What a person would read in a piece of RTF, as plain text.
///
/// Microsoft's clients send their text as RTF when it has colours or fonts. Groups that are not for reading (fonts, colours,
/// pictures, whatever is marked as optional) are left out; nothing of the markup survives.
enum RTFText {
    /// Groups within groups; deeper ones are an attack, not a message.
    static let maximumDepth = 32

    /// `nil` for what is no RTF.
    static func reduce(_ rtf: String) -> String? {
        guard rtf.hasPrefix("{\\rtf") else { return nil }
        var reader = Reader(bytes: Array(rtf.utf8))
        return reader.text()
    }

    private static let silent: Set<String> = [
        "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "themedata", "generator",
    ]
    private static let signs: [String: String] = [
        "par": "\n", "line": "\n", "tab": "\t", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
        "endash": "–", "emdash": "—", "bullet": "•",
    ]

    private struct Group {
        var isSilent = false
        /// Characters that stand for a `\u` in readers that do not know it (`\uc`).
        var skipsAfterUnicode = 1
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0
        var groups: [Group] = []
        var output = ""
        var units: [UInt16] = []
        var pendingSkips = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func text() -> String? {
            while self.position < self.bytes.count {
                let byte = self.bytes[self.position]
                self.position += 1
                switch byte {
                case UInt8(ascii: "{"):
                    guard self.groups.count < RTFText.maximumDepth else { return nil }
                    self.groups.append(self.groups.last ?? Group())
                case UInt8(ascii: "}"):
                    guard self.groups.popLast() != nil else { return nil }
                case UInt8(ascii: "\\"): self.control()
                case 0x0D, 0x0A: break
                default: self.plain(from: self.position - 1)
                }
            }
            self.endUnits()
            while self.output.last == "\n" { self.output.removeLast() }
            return self.groups.isEmpty ? self.output : nil
        }

        /// A run of plain characters, UTF-8 as the text was.
        private mutating func plain(from start: Int) {
            while self.position < self.bytes.count, ![0x7B, 0x7D, 0x5C, 0x0D, 0x0A].contains(self.bytes[self.position])
            {
                self.position += 1
            }
            var run = self.bytes[start..<self.position]
            let skipped = min(self.pendingSkips, run.count)
            run = run.dropFirst(skipped)
            self.pendingSkips -= skipped
            self.write(String(decoding: run, as: UTF8.self))
        }

        private mutating func control() {
            guard self.position < self.bytes.count else { return }
            let first = self.bytes[self.position]
            guard (first | 0x20) >= 0x61, (first | 0x20) <= 0x7A else { return self.symbol(first) }
            let word = self.take { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }
            let number = Int(self.take { ($0 >= 0x30 && $0 <= 0x39) || $0 == UInt8(ascii: "-") }.prefix(8))
            if self.position < self.bytes.count, self.bytes[self.position] == 0x20 { self.position += 1 }
            if word == "u", let number {
                guard self.groups.last?.isSilent != true else { return }
                self.units.append(UInt16(truncatingIfNeeded: number))
                self.pendingSkips = self.groups.last?.skipsAfterUnicode ?? 1
            } else if word == "uc", let number, (0...8).contains(number), !self.groups.isEmpty {
                self.groups[self.groups.count - 1].skipsAfterUnicode = number
            } else if RTFText.silent.contains(word), !self.groups.isEmpty {
                self.groups[self.groups.count - 1].isSilent = true
            } else if let sign = RTFText.signs[word] {
                self.write(sign)
            }
        }

        private mutating func symbol(_ byte: UInt8) {
            self.position += 1
            switch byte {
            case UInt8(ascii: "*") where !self.groups.isEmpty: self.groups[self.groups.count - 1].isSilent = true
            case UInt8(ascii: "'"):
                let digits = self.bytes[self.position...].prefix(2)
                self.position += digits.count
                guard let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else { return }
                if self.pendingSkips > 0 { return self.pendingSkips -= 1 }
                self.write(String(Unicode.Scalar(code)))
            case UInt8(ascii: "~"): self.write(" ")
            case UInt8(ascii: "_"): self.write("-")
            case UInt8(ascii: "\\"), UInt8(ascii: "{"), UInt8(ascii: "}"):
                self.write(String(Unicode.Scalar(byte)))
            case 0x0D, 0x0A: self.write("\n")
            default: break
            }
        }

        private mutating func take(while belongs: (UInt8) -> Bool) -> String {
            let start = self.position
            while self.position < self.bytes.count, belongs(self.bytes[self.position]) { self.position += 1 }
            return String(decoding: self.bytes[start..<self.position], as: UTF8.self)
        }

        private mutating func write(_ text: String) {
            guard !text.isEmpty, self.groups.last?.isSilent != true else { return }
            self.endUnits()
            self.output += text
        }

        /// A character may be two `\u`, as UTF-16 has it.
        private mutating func endUnits() {
            guard !self.units.isEmpty else { return }
            self.output += String(decoding: self.units, as: UTF16.self)
            self.units = []
        }
    }
}
