/// Destination patterns as Cisco IM and Presence writes them in its static routes: the domain from right to left.
enum CiscoPattern {
    private static let anyLabel: Substring = "*"

    /// The domain, or pattern of domains, that a route is for, whoever wrote it: `.com.example` is `example.com`, `.com.example.*` is
    /// `*.example.com`, and what does not begin with a dot is itself.
    ///
    /// No domain begins with a dot, so the two cannot be mistaken for one another; what is no domain after all is refused as such.
    static func domain(_ text: String) -> String {
        guard text.utf8.first == UInt8(ascii: ".") else { return text }
        let labels = text.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        guard labels.dropLast().allSatisfy({ $0 != self.anyLabel }) else { return text }
        return labels.reversed().joined(separator: ".")
    }
}
