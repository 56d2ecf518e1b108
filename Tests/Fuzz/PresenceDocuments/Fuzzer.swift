import Messaging
import Presence

/// A document of a NOTIFY, in each of the formats: whatever it is, it is read or refused, and what was read can be written, read again, and said
/// in every other format.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    if let document = try? PIDFDocument(parsing: bytes) {
        precondition((try? PIDFDocument(parsing: document.bytes)) != nil, "what was written cannot be read")
        for profile in PresenceProfile.allCases { check(profile.towardsXMPP(PresenceNotification(document))) }
    }
    if let document = try? MSRTCDocument(parsing: bytes) {
        let again = try? MSRTCDocument(parsing: document.bytes)
        precondition(again?.state == document.state, "what was written is read as something else")
        for profile in PresenceProfile.allCases { check(PresenceNotification(document, profile: profile)) }
    }
    if let document = try? XPIDFDocument(parsing: bytes) {
        let again = try? XPIDFDocument(parsing: document.bytes)
        precondition(
            again?.atoms.map(\.state) == document.atoms.map(\.state),
            "what was written is read as something else"
        )
        for profile in PresenceProfile.allCases { check(PresenceNotification(document, profile: profile)) }
    }
    return 0
}

private func check(_ notification: PresenceNotification) {
    for profile in PresenceProfile.allCases {
        let pidf = PIDFDocument(notification, entity: "sip:a@b", profile: profile).bytes
        precondition((try? PIDFDocument(parsing: pidf)) != nil, "PIDF that cannot be read")
        let msrtc = MSRTCDocument(notification, uri: "a@b", profile: profile).bytes
        precondition((try? MSRTCDocument(parsing: msrtc)) != nil, "MSRTC that cannot be read")
        let xpidf = XPIDFDocument(notification, presentity: "sip:a@b", profile: profile).bytes
        precondition((try? XPIDFDocument(parsing: xpidf)) != nil, "XPIDF that cannot be read")
    }
}
