/// Writes messages as bytes into a buffer that is used again and again.
///
/// A line end in a value is written as a space: no value, wherever it came from, can begin a header field of its own.
public struct MessageWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    /// Forgets what was written, but not the room for it.
    public mutating func removeAll() { self.bytes.removeAll(keepingCapacity: true) }

    public mutating func write(_ request: Request) {
        self.raw(request.method.name)
        self.bytes.append(0x20)
        self.value(request.target.description)
        self.raw(" SIP/2.0\r\n")
        self.finish(request.headers, request.body)
    }

    public mutating func write(_ response: Response) {
        self.raw("SIP/2.0 ")
        self.raw(String(response.status.code))
        self.bytes.append(0x20)
        self.value(response.status.reason)
        self.raw("\r\n")
        self.finish(response.headers, response.body)
    }

    /// The answer to a keep-alive ([RFC 5626 §3.5.1](https://www.rfc-editor.org/rfc/rfc5626#section-3.5.1)).
    public mutating func writePong() { self.raw("\r\n") }

    /// The bytes of one request.
    public static func bytes(of request: Request) -> [UInt8] {
        var writer = MessageWriter()
        writer.write(request)
        return writer.bytes
    }

    /// The bytes of one response.
    public static func bytes(of response: Response) -> [UInt8] {
        var writer = MessageWriter()
        writer.write(response)
        return writer.bytes
    }

    private mutating func finish(_ headers: Headers, _ body: [UInt8]) {
        for field in headers.fields where field.name != .contentLength {
            self.raw(field.name.text)
            self.raw(": ")
            self.value(field.value)
            self.raw("\r\n")
        }
        self.raw("Content-Length: ")
        self.raw(String(body.count))
        self.raw("\r\n\r\n")
        self.bytes.append(contentsOf: body)
    }

    private mutating func raw(_ text: String) { self.bytes.append(contentsOf: text.utf8) }

    private mutating func value(_ text: String) {
        let start = self.bytes.count
        self.bytes.append(contentsOf: text.utf8)
        for index in start..<self.bytes.count where self.bytes[index] < 0x20 || self.bytes[index] == 0x7F {
            if self.bytes[index] != 0x09 { self.bytes[index] = 0x20 }
        }
    }
}
