internal import Messaging
internal import XML

/// Microsoft's typing notification, the body of an INFO within a session, ⇄ the chat states of XEP-0085.
///
/// No specification of Microsoft's has it; the form is that of its clients.
enum KeyboardActivity {
    static let mediaType = "application/xml"

    /// `nil` for bytes that are no such document.
    static func read(_ bytes: [UInt8], thread: String?) -> Composition? {
        guard let root = try? XMLDocument.parse(bytes), root.name == "KeyboardActivity",
            let status = root.elements.first(where: { $0.name == "status" })?.attribute("status")
        else { return nil }
        return Composition(state: status == "type" ? .composing : .active, thread: thread)
    }

    /// Who is not writing is idle, whatever XMPP calls it.
    static func write(_ state: Composition.State) -> [UInt8] {
        let status = state == .composing ? "type" : "idle"
        return Array(
            "<?xml version=\"1.0\"?><KeyboardActivity><status status=\"\(status)\"/></KeyboardActivity>".utf8
        )
    }
}
