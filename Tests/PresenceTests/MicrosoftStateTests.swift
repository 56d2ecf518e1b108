import Messaging
import Presence
import Testing

/// Every cell of the tables of Microsoft's presence, and of Cisco's tables over them.
@Suite("Microsoft's presence values")
struct MicrosoftStateTests {
    typealias Show = PresenceNotification.Show

    static let numbers: [(ClosedRange<Int>, MicrosoftState)] = [
        (0...2999, .offline), (3000...4499, .available), (4500...5999, .inactive), (6000...7499, .busy),
        (7500...8999, .busy), (9000...11_999, .doNotDisturb), (12_000...14_999, .beRightBack), (15_000...17_999, .away),
        (18_000...99_999, .offline),
    ]

    @Test("Each range of the number of OCS 2007, at both ends", arguments: numbers)
    func number(_ range: ClosedRange<Int>, state: MicrosoftState) {
        #expect(MicrosoftState(availability: range.lowerBound) == state)
        #expect(MicrosoftState(availability: range.upperBound) == state)
    }

    @Test("Out of range is offline", arguments: [-1, Int.min, Int.max])
    func extreme(_ number: Int) { #expect(MicrosoftState(availability: number) == .offline) }

    static let activities: [(ClosedRange<Int>, MicrosoftState)] = [
        (0...99, .available), (100...149, .away), (150...199, .outToLunch), (200...299, .inactive),
        (300...399, .beRightBack), (400...499, .available), (500...599, .onThePhone), (600...699, .busy),
        (700...799, .away), (800...999, .available),
    ]

    @Test("Each range of LCS 2005's activity, of somebody near a device", arguments: activities)
    func activity(_ range: ClosedRange<Int>, state: MicrosoftState) {
        for activity in [range.lowerBound, range.upperBound] {
            #expect(MicrosoftState(MicrosoftAggregates(availability: 300, activity: activity)) == state)
            #expect(MicrosoftState(MicrosoftAggregates(availability: 99, activity: activity)) == .offline)
        }
    }

    @Test("A device that is only connected is no sign of anybody", arguments: [100, 199, 200, 299])
    func connected(_ availability: Int) {
        #expect(MicrosoftState(MicrosoftAggregates(availability: availability, activity: 99)) == .away)
        #expect(MicrosoftState(MicrosoftAggregates(availability: availability, activity: 400)) == .available)
    }

    static let words: [(String, String?, MicrosoftState?)] = [
        ("open", nil, .available), ("open", "online", .available), ("open", "unknown", .available),
        ("open", "away", .away), ("open", "idle", .inactive), ("open", "busy", .busy),
        ("open", "berightback", .beRightBack), ("open", "onthephone", .onThePhone), ("open", "outtolunch", .outToLunch),
        ("inuse", nil, .busy), ("inuse", "online", .busy), ("inuse", "onthephone", .onThePhone),
        ("inuse", "away", .away), ("inuse", "idle", .inactive), ("inuse", "busy", .busy),
        ("inuse", "berightback", .beRightBack), ("inuse", "outtolunch", .outToLunch),
        ("closed", nil, .offline), ("closed", "online", .offline), ("closed", "away", .offline),
        ("", nil, nil), ("OPEN", nil, nil), ("inactive", "online", nil),
    ]

    @Test("Each word of XPIDF", arguments: words)
    func word(_ status: String, substatus: String?, state: MicrosoftState?) {
        #expect(MicrosoftState(status: status, substatus: substatus) == state)
    }

    @Test("What is written is read as the same", arguments: MicrosoftState.allCases)
    func roundTrip(_ state: MicrosoftState) {
        // LCS 2005 and XPIDF have no “do not disturb”; one number serves for two states twice.
        #expect(MicrosoftState(state.aggregates) == (state == .doNotDisturb ? .busy : state))
        #expect(
            MicrosoftState(status: state.words.status, substatus: state.words.substatus)
                == (state == .doNotDisturb ? .busy : state)
        )
        let number: MicrosoftState =
            switch state {
            case .onThePhone: .busy
            case .outToLunch: .away
            case .available, .inactive, .busy, .doNotDisturb, .beRightBack, .away, .offline: state
            }
        #expect(MicrosoftState(availability: state.availability) == number)
    }

    static let fromXMPP: [(PresenceProfile, Show?, Int, Int)] = PresenceProfile.allCases.flatMap { profile in
        [
            (profile, .online, 300, 400), (profile, .chat, 300, 400), (profile, .away, 300, 100),
            (profile, .extendedAway, 300, 100), (profile, .doNotDisturb, 300, 600), (profile, nil, 0, 0),
        ]
    }

    @Test("XMPP → MSRTC: Cisco's tables and the one of RFC 8048 agree", arguments: fromXMPP)
    func towardsMicrosoft(_ profile: PresenceProfile, show: Show?, availability: Int, activity: Int) {
        let instance = PresenceNotification.Instance(id: "r", isAvailable: show != nil, show: show ?? .online)
        let document = MSRTCDocument(
            PresenceNotification(instances: [instance], isComplete: true),
            uri: "a@b",
            profile: profile
        )
        #expect(document.aggregates == MicrosoftAggregates(availability: availability, activity: activity))
    }

    static let shown: [(PresenceProfile, Int, Bool, Show, String?)] = [
        // Ours: what <show/> cannot say is said in words.
        (.rfc8048, 3500, true, .online, nil), (.rfc8048, 5000, true, .away, "Inactive"),
        (.rfc8048, 6500, true, .doNotDisturb, nil), (.rfc8048, 9500, true, .doNotDisturb, nil),
        (.rfc8048, 12_500, true, .away, "Be Right Back"), (.rfc8048, 15_500, true, .away, nil),
        (.rfc8048, 18_500, false, .online, nil),
        // microsoft-cisco.md §4.4, “third-party XMPP”
        (.ciscoIntradomain, 3500, true, .online, nil), (.ciscoIntradomain, 15_500, true, .away, nil),
        (.ciscoIntradomain, 12_500, true, .away, nil), (.ciscoIntradomain, 6500, true, .doNotDisturb, nil),
        (.ciscoIntradomain, 9500, true, .doNotDisturb, nil), (.ciscoIntradomain, 18_500, false, .online, nil),
        // §5.2
        (.ciscoInterdomain, 3500, true, .online, nil), (.ciscoInterdomain, 6500, true, .away, "Busy"),
        (.ciscoInterdomain, 9500, true, .away, "Busy"), (.ciscoInterdomain, 12_500, true, .away, nil),
        (.ciscoInterdomain, 15_500, true, .away, nil), (.ciscoInterdomain, 18_500, false, .online, nil),
    ]

    @Test("Lync → XMPP, by each table", arguments: shown)
    func towardsXMPP(_ profile: PresenceProfile, number: Int, isAvailable: Bool, show: Show, word: String?) throws {
        let document = MSRTCDocument(
            uri: "a@b",
            aggregates: MicrosoftState(availability: number).aggregates,
            availability: number
        )
        let instance = try #require(PresenceNotification(document, profile: profile).instances.first)
        #expect(instance.isAvailable == isAvailable)
        #expect(instance.show == show)
        #expect(instance.status.map(\.text) == (word.map { [$0] } ?? []))
    }

    @Test("The user's own words take the place of ours", arguments: PresenceProfile.allCases)
    func ownWords(_ profile: PresenceProfile) {
        let document = MSRTCDocument(
            uri: "a@b",
            aggregates: MicrosoftState.beRightBack.aggregates,
            note: "fetching coffee"
        )
        #expect(PresenceNotification(document, profile: profile).instances[0].status.map(\.text) == ["fetching coffee"])
    }
}
