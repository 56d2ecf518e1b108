import SIPCore

/// A MESSAGE as our peers send it, with lines that a test may exchange or add to.
struct Sample {
    var startLine = "MESSAGE sip:juliet@example.com SIP/2.0"
    var lines: [(name: String, value: String)] = [
        ("Via", "SIP/2.0/TCP sip.example.net:5060;branch=z9hG4bK776"),
        ("Max-Forwards", "70"),
        ("From", "\"Romeo\" <sip:romeo@example.net>;tag=49583"),
        ("To", "<sip:juliet@example.com>"),
        ("Call-ID", "a84b4c76e66710@example.net"),
        ("CSeq", "1 MESSAGE"),
        ("Content-Type", "text/plain"),
    ]
    var contentLength: String? = "5"
    var body = "Hello"

    func with(_ name: String, _ value: String) -> Sample {
        var copy = self
        copy.lines.removeAll { $0.name == name }
        copy.lines.append((name, value))
        return copy
    }

    func without(_ name: String) -> Sample {
        var copy = self
        copy.lines.removeAll { $0.name == name }
        return copy
    }

    func adding(_ name: String, _ value: String) -> Sample {
        var copy = self
        copy.lines.append((name, value))
        return copy
    }

    func startLine(_ line: String) -> Sample {
        var copy = self
        copy.startLine = line
        return copy
    }

    func contentLength(_ value: String?) -> Sample {
        var copy = self
        copy.contentLength = value
        return copy
    }

    var text: String {
        var text = self.startLine + "\r\n"
        for line in self.lines { text += "\(line.name): \(line.value)\r\n" }
        if let length = self.contentLength { text += "Content-Length: \(length)\r\n" }
        return text + "\r\n" + self.body
    }

    var bytes: [UInt8] { Array(self.text.utf8) }

    /// What a connection finds in it.
    var items: [StreamFramer.Item] { Self.items(self.bytes) }

    /// Why it is refused; `nil` when it is not.
    var objection: SyntaxError? {
        guard case .malformed(let error)? = self.items.first else { return nil }
        return error
    }

    var request: Request? {
        guard case .message(.request(let request))? = self.items.first else { return nil }
        return request
    }

    static func items(_ bytes: [UInt8], limits: MessageLimits = MessageLimits()) -> [StreamFramer.Item] {
        var framer = StreamFramer(limits: limits)
        var items: [StreamFramer.Item] = []
        framer.feed(bytes, into: &items)
        return items
    }
}
