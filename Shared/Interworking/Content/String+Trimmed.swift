extension StringProtocol {
    /// Without spaces, tabs and line ends at either end.
    var trimmed: String {
        let scalars = self.unicodeScalars
        let isSpace: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" }
        guard let start = scalars.firstIndex(where: { !isSpace($0) }),
            let end = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(self[start...end])
    }
}
