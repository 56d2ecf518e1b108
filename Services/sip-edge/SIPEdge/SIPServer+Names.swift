import SIPCore
import ServiceKit

/// Names that nobody else has.
extension SIPServer {
    /// A name that no other request, dialog or message of any life of any edge has.
    func uniqueName() -> String {
        self.counter += 1
        return "\(self.instance)-\(String(self.counter, radix: 36))"
    }

    /// A tag that cannot be guessed ([RFC 3261 §19.3](https://www.rfc-editor.org/rfc/rfc3261#section-19.3)), and that names the edge
    /// which has the dialog (docs/adr/0013-dialogs-name-their-edge.md).
    func newTag() -> String { DialogTag(edge: self.instance, random: .random(in: 0...UInt64.max)).text }

    /// Now, in milliseconds since 1970.
    nonisolated var now: Int64 { WallClock.milliseconds() }
}
