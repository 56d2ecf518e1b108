import Interworking
import Messaging
import SIPCore

/// The body of a MESSAGE, an INFO or an INVITE, in whatever format: it is understood or refused, and what was understood can be said again on
/// both sides.
///
/// The first line of the input is the Content-Type, the rest the body: multipart, CPIM, IMDN, isComposing, KeyboardActivity, HTML, RTF.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    guard let uri = try? SIPURI(parsing: "sip:juliet@xmpp.example") else { return 0 }
    var headers = Headers()
    headers.append(.from, "<sip:romeo@sip.example>;tag=1")
    headers.append(.to, "<sip:juliet@xmpp.example>")
    let type = String(decoding: line, as: UTF8.self)
    headers.append(.contentType, type)
    headers.append(HeaderName("ms-text-format"), type)
    var request = Request(.message, uri: uri, headers: headers)
    request.body = Array(bytes.dropFirst(line.count + 1))
    check(SIPMessageMapping.interpret(request, id: MessageID("f"), now: 0))
    guard let (from, to) = try? SIPMessageMapping.addresses(of: request) else { return 0 }
    let parties = SIPSessionMapping.Parties(from: from, to: to, thread: "t")
    check(SIPSessionMapping.interpret(info: request, parties, id: MessageID("f")))
    if let first = SIPSessionMapping.firstMessage(of: request, parties, id: MessageID("f")) { check(.neutral([first])) }
    return 0
}

private func check(_ interpretation: Interpretation) {
    switch interpretation {
    case .neutral(let messages):
        for message in messages {
            // What XMPP does not allow has been refused or taken out by now.
            for stanza in (try? message.stanzas()) ?? [] { _ = stanza }
            _ = try? SIPMessageMapping.parts(for: message, now: 0)
        }
    case .ignore: break
    case .refuse(let failure): precondition(!failure.text.isEmpty, "a refusal without a reason")
    }
}
