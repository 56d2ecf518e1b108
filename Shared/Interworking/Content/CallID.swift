/// XMPP's `<thread/>` as a `Call-ID` ([RFC 7572 §4](https://www.rfc-editor.org/rfc/rfc7572#section-4), table 1).
enum CallID {
    /// The thread itself where it is a `callid` ([RFC 3261 §25.1](https://www.rfc-editor.org/rfc/rfc3261#section-25.1)), or with
    /// every byte that a `word` may not have, and the `%`, as `%` and two digits.
    static func make(thread: String) -> String {
        guard !self.isCallID(thread) else { return thread }
        return thread.utf8.reduce(into: "") { text, byte in
            if self.isWordByte(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += byte < 16 ? "%0" : "%"
                text += String(byte, radix: 16, uppercase: true)
            }
        }
    }

    /// `word [ "@" word ]`: so the Call-ID of a SIP user's own request, which became a thread, comes back to it as it was.
    private static func isCallID(_ thread: String) -> Bool {
        let words = thread.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        return words.count <= 2 && words.allSatisfy { !$0.isEmpty && $0.allSatisfy(self.isWordByte) }
    }

    /// `word` without the `%`, which marks what is escaped.
    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x22, 0x27...0x2B, 0x2D...0x2F, 0x3A, 0x3C, 0x3E, 0x3F, 0x5B...0x5D, 0x5F, 0x60, 0x7B, 0x7D, 0x7E:
            true
        default: false
        }
    }
}
