/// What a person would read in a piece of HTML, as plain text.
///
/// Nothing of the markup survives, so nothing in it can reach a client: no script, no link target, no image.
/// Note: [RFC 7572 §7](https://www.rfc-editor.org/rfc/rfc7572#section-7) asks for XHTML-IM (XEP-0071) of gateways that take
/// `text/html`; the XSF has since deprecated it, and clients no longer show it.
enum HTMLText {
    static func reduce(_ html: String) -> String {
        var reader = Reader(rest: Substring(html).unicodeScalars)
        return reader.text()
    }

    /// Elements whose content is not for reading.
    private static let silent: Set<String> = [
        "head", "script", "style", "title", "template", "noscript", "svg", "math",
    ]
    /// Elements that stand on a line of their own.
    private static let block: Set<String> = [
        "address", "article", "blockquote", "div", "dd", "dl", "dt", "footer", "form", "h1", "h2", "h3", "h4", "h5",
        "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul",
    ]
    private static let entities: [String: Unicode.Scalar] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "copy": "©", "reg": "®", "euro": "€",
        "hellip": "…", "ndash": "–", "mdash": "—", "lsquo": "‘", "rsquo": "’", "ldquo": "“", "rdquo": "”", "bull": "•",
    ]

    /// One pass over the text, each scalar looked at a bounded number of times.
    private struct Reader {
        var rest: Substring.UnicodeScalarView
        var output = String.UnicodeScalarView()
        /// White space that is written only when something follows it.
        var pendingSpace = false
        var pendingLines = 0

        mutating func text() -> String {
            while let scalar = self.rest.popFirst() {
                switch scalar {
                case "<" where self.startsTag: self.tag()
                case "&": self.write(self.entity())
                case " ", "\t", "\n", "\r", "\u{C}": self.pendingSpace = true
                default: self.write(scalar)
                }
            }
            return String(self.output)
        }

        /// A `<` before anything else is just a character, as in `1 < 2`.
        private var startsTag: Bool {
            guard let next = self.rest.first else { return false }
            return next == "/" || next == "!" || next == "?" || next.properties.isAlphabetic
        }

        private mutating func write(_ scalar: Unicode.Scalar) {
            if self.pendingLines > 0 {
                if !self.output.isEmpty { for _ in 0..<min(self.pendingLines, 2) { self.output.append("\n") } }
            } else if self.pendingSpace, !self.output.isEmpty {
                self.output.append(" ")
            }
            self.pendingSpace = false
            self.pendingLines = 0
            self.output.append(scalar)
        }

        private mutating func tag() {
            if self.rest.starts(with: "!--".unicodeScalars) { return self.skip(past: "-->") }
            let isEnd = self.rest.first == "/"
            if isEnd { self.rest.removeFirst() }
            let name = String(String.UnicodeScalarView(self.rest.prefix { $0.properties.isAlphabetic || $0.isDigit }))
                .lowercased()
            self.skipAttributes()
            if HTMLText.silent.contains(name), !isEnd {
                self.skip(past: "</\(name)")
                self.skipAttributes()
            } else if name == "br" {
                self.pendingLines += 1
            } else if HTMLText.block.contains(name) {
                self.pendingLines = max(self.pendingLines, 1)
            }
        }

        /// To the `>` that ends the tag; one within quotes does not.
        private mutating func skipAttributes() {
            var quote: Unicode.Scalar?
            while let scalar = self.rest.popFirst() {
                if let open = quote {
                    if scalar == open { quote = nil }
                } else if scalar == ">" {
                    return
                } else if scalar == "\"" || scalar == "'" {
                    quote = scalar
                }
            }
        }

        /// To behind the next occurrence of `mark`, whatever its case; to the end, if there is none.
        private mutating func skip(past mark: String) {
            let mark = mark.unicodeScalars
            while !self.rest.isEmpty {
                let candidate = self.rest.prefix(mark.count)
                if candidate.elementsEqual(
                    mark,
                    by: { $0.properties.lowercaseMapping == $1.properties.lowercaseMapping }
                ) {
                    self.rest.removeFirst(mark.count)
                    return
                }
                self.rest.removeFirst()
            }
        }

        /// The character that stands behind a `&`; the `&` itself where it begins no reference that we know.
        private mutating func entity() -> Unicode.Scalar {
            let name = self.rest.prefix(10).prefix { $0 != ";" && $0 != " " && $0 != "<" && $0 != "&" }
            let tail = self.rest.dropFirst(name.count)
            guard tail.first == ";", let scalar = Self.scalar(named: String(String.UnicodeScalarView(name))) else {
                return "&"
            }
            self.rest = tail.dropFirst()
            return scalar
        }

        private static func scalar(named name: String) -> Unicode.Scalar? {
            guard name.first == "#" else { return HTMLText.entities[name.lowercased()] }
            let digits = name.dropFirst()
            let code =
                digits.first == "x" || digits.first == "X" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return code.flatMap(Unicode.Scalar.init)
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
}
