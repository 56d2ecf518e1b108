/// Domains and patterns of domains: `example.com` for itself alone, `*.example.com` for all below it.
enum DomainPattern {
    static let wildcardPrefix = "*."

    /// The patterns that match `domain`, the most specific first: `a.b.c`, `*.b.c`, `*.c`.
    ///
    /// As many as the domain has labels, so that a look-up in a dictionary of patterns is bounded by the name's length.
    static func matching(_ domain: String) -> [String] {
        var patterns = [domain]
        var rest = domain.utf8[...]
        while let dot = rest.firstIndex(of: UInt8(ascii: ".")) {
            rest = rest[rest.index(after: dot)...]
            patterns.append(self.wildcardPrefix + String(Substring(rest)))
        }
        return patterns
    }
}

extension String {
    /// The text in lower case; itself, without a copy, when it is in lower-case ASCII already.
    package var caseFolded: String {
        let isFolded = self.utf8.allSatisfy { $0 < 0x80 && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        return isFolded ? self : self.lowercased()
    }
}
