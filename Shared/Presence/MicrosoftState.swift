public import Messaging

/// What a user of LCS, OCS or Lync is.
///
/// Three generations write it in three ways: two aggregates (MS-SIP 2.2.1, LCS 2005), one number from 0 to 18500 (MS-PRES, OCS 2007 and
/// later), a word (XPIDF, MS-SIP 2.2.2). What all of them can say is one of these states.
public enum MicrosoftState: Equatable, Sendable, CaseIterable {
    case available, inactive, busy, onThePhone, doNotDisturb, beRightBack, outToLunch, away, offline
}

// MARK: - OCS 2007 and later: one number

extension MicrosoftState {
    /// The state of a range of MS-PRES; a number below 3000 means that nothing is known.
    public init(availability: Int) {
        switch availability {
        case 3000..<4500: self = .available
        case 4500..<6000: self = .inactive
        // 7500–8999 is busy, and not at the device.
        case 6000..<9000: self = .busy
        case 9000..<12_000: self = .doNotDisturb
        case 12_000..<15_000: self = .beRightBack
        case 15_000..<18_000: self = .away
        default: self = .offline
        }
    }

    /// The number that clients publish for it.
    public var availability: Int {
        switch self {
        case .available: 3500
        case .inactive: 5000
        case .busy, .onThePhone: 6500
        case .doNotDisturb: 9500
        case .beRightBack: 12_500
        case .outToLunch, .away: 15_500
        case .offline: 18_500
        }
    }
}

// MARK: - LCS 2005: two aggregates

/// The `aggregate` of `<availability/>` and of `<activity/>` (MS-SIP 2.2.1), 0 to 999 each.
public struct MicrosoftAggregates: Equatable, Sendable {
    /// Whether somebody can be reached: 0–99 nobody, 300–399 somebody near a device.
    public var availability: Int
    /// What somebody does.
    public var activity: Int

    public init(availability: Int, activity: Int) {
        self.availability = availability
        self.activity = activity
    }
}

extension MicrosoftState {
    public init(_ aggregates: MicrosoftAggregates) {
        guard aggregates.availability >= 100 else {
            self = .offline
            return
        }
        switch aggregates.activity {
        // Note: MS-SIP says “no information”; nobody is known to be near a device that is only connected.
        case ..<100: self = aggregates.availability >= 300 ? .available : .away
        case ..<150: self = .away
        case ..<200: self = .outToLunch
        case ..<300: self = .inactive
        case ..<400: self = .beRightBack
        case ..<500: self = .available
        case ..<600: self = .onThePhone
        case ..<700: self = .busy
        case ..<800: self = .away
        default: self = .available
        }
    }

    /// What is written for it; LCS 2005 has no “do not disturb”, which is “busy” there.
    public var aggregates: MicrosoftAggregates {
        switch self {
        case .available: MicrosoftAggregates(availability: 300, activity: 400)
        case .inactive: MicrosoftAggregates(availability: 300, activity: 200)
        case .busy, .doNotDisturb: MicrosoftAggregates(availability: 300, activity: 600)
        case .onThePhone: MicrosoftAggregates(availability: 300, activity: 500)
        case .beRightBack: MicrosoftAggregates(availability: 300, activity: 300)
        case .outToLunch: MicrosoftAggregates(availability: 300, activity: 150)
        case .away: MicrosoftAggregates(availability: 300, activity: 100)
        case .offline: MicrosoftAggregates(availability: 0, activity: 0)
        }
    }
}

// MARK: - XPIDF: words

extension MicrosoftState {
    /// The state of an address of XPIDF: its `status`, and Microsoft's `msnsubstatus` where there is one.
    ///
    /// `nil` for a status that is none: the address says nothing.
    public init?(status: String, substatus: String?) {
        switch (status, substatus) {
        case ("closed", _): self = .offline
        case ("open", "away"), ("inuse", "away"): self = .away
        case ("open", "idle"), ("inuse", "idle"): self = .inactive
        case ("open", "busy"), ("inuse", "busy"): self = .busy
        case ("open", "berightback"), ("inuse", "berightback"): self = .beRightBack
        case ("open", "onthephone"), ("inuse", "onthephone"): self = .onThePhone
        case ("open", "outtolunch"), ("inuse", "outtolunch"): self = .outToLunch
        case ("open", _): self = .available
        case ("inuse", _): self = .busy
        default: return nil
        }
    }

    /// What is written for it.
    public var words: (status: String, substatus: String) {
        switch self {
        case .available: ("open", "online")
        case .inactive: ("open", "idle")
        case .busy, .doNotDisturb: ("inuse", "busy")
        case .onThePhone: ("inuse", "onthephone")
        case .beRightBack: ("open", "berightback")
        case .outToLunch: ("open", "outtolunch")
        case .away: ("open", "away")
        case .offline: ("closed", "unknown")
        }
    }
}

// MARK: - XMPP

extension MicrosoftState {
    /// What Microsoft's users are shown of an XMPP device.
    public init(_ instance: PresenceNotification.Instance) {
        guard instance.isAvailable else {
            self = .offline
            return
        }
        switch instance.show {
        case .online, .chat: self = .available
        case .away, .extendedAway: self = .away
        case .doNotDisturb: self = .busy
        }
    }

    /// What XMPP's users are shown of it, before a ``PresenceProfile`` has its say.
    public var show: PresenceNotification.Show {
        switch self {
        case .available, .offline: .online
        case .inactive, .beRightBack, .outToLunch, .away: .away
        case .busy, .onThePhone, .doNotDisturb: .doNotDisturb
        }
    }

    /// The words for what `<show/>` cannot say.
    public var note: String? {
        switch self {
        case .inactive: "Inactive"
        case .onThePhone: "On the Phone"
        case .beRightBack: "Be Right Back"
        case .outToLunch: "Out to Lunch"
        case .available, .busy, .doNotDisturb, .away, .offline: nil
        }
    }

    /// A device in this state, with the user's own `notes` where there are some.
    func instance(
        id: String?,
        notes: [LocalizedText],
        priority: Int8?,
        _ profile: PresenceProfile
    ) -> PresenceNotification.Instance {
        let words = profile.writesWords ? self.note.map { [LocalizedText($0, language: "en")] } ?? [] : []
        let isAvailable = self != .offline
        return PresenceNotification.Instance(
            id: id,
            isAvailable: isAvailable,
            show: self.show,
            status: notes.isEmpty ? words : notes,
            priority: isAvailable ? priority : nil
        )
    }
}
