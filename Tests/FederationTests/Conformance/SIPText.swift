/// A SIP message as text, read independently of the code under test.
struct SIPText {
    let startLine: String
    let headers: [(name: String, value: String)]
    let body: String
}

extension SIPText {
    /// Reads a message whose lines end with CRLF, or as scenes write them with LF.
    init(_ text: String) throws {
        let text = text.replacing("\r\n", with: "\n")
        let end = text.firstRange(of: "\n\n")
        var lines = text[..<(end?.lowerBound ?? text.endIndex)].split(separator: "\n").map(String.init)
        guard !lines.isEmpty else { throw SceneError(description: "an empty SIP message") }
        self.startLine = lines.removeFirst()
        self.headers = try lines.map { line in
            guard let colon = line.firstIndex(of: ":") else {
                throw SceneError(description: "no header field: “\(line)”")
            }
            return (String(line[..<colon]).trimmed, String(line[line.index(after: colon)...]).trimmed)
        }
        self.body = end.map { String(text[$0.upperBound...]) } ?? ""
    }

    /// `MESSAGE`; `nil` for a response.
    var method: String? {
        self.startLine.hasPrefix("SIP/2.0 ") ? nil : self.startLine.split(separator: " ").first.map(String.init)
    }

    /// The status of a response.
    var status: Int? {
        self.startLine.hasPrefix("SIP/2.0 ") ? Int(self.startLine.dropFirst(8).prefix(3)) : nil
    }

    func values(_ name: String) -> [String] {
        self.headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
