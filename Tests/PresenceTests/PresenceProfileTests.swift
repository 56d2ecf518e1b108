import Messaging
import Presence
import Testing

/// The tables of `reference/microsoft-cisco.md` §§ 4.4 (intradomain) and 5.2 (interdomain), “third-party XMPP”.
@Suite("Presence profiles")
struct PresenceProfileTests {
    typealias Show = PresenceNotification.Show

    static let towardsSIP: [(PresenceProfile, Show, Show)] = [
        (.rfc8048, .online, .online), (.rfc8048, .chat, .chat), (.rfc8048, .away, .away),
        (.rfc8048, .extendedAway, .extendedAway), (.rfc8048, .doNotDisturb, .doNotDisturb),
        (.ciscoIntradomain, .online, .online), (.ciscoIntradomain, .chat, .online), (.ciscoIntradomain, .away, .away),
        (.ciscoIntradomain, .extendedAway, .away), (.ciscoIntradomain, .doNotDisturb, .doNotDisturb),
        (.ciscoInterdomain, .online, .online), (.ciscoInterdomain, .chat, .online), (.ciscoInterdomain, .away, .away),
        (.ciscoInterdomain, .extendedAway, .away), (.ciscoInterdomain, .doNotDisturb, .doNotDisturb),
    ]

    @Test("XMPP → SIP", arguments: towardsSIP)
    func sip(_ profile: PresenceProfile, xmpp: Show, sip: Show) {
        let instance = PresenceNotification.Instance(id: "r", isAvailable: true, show: xmpp, priority: 3)
        let mapped = profile.towardsSIP(instance)
        #expect(mapped.show == sip)
        #expect(mapped.id == "r" && mapped.isAvailable && mapped.priority == 3)
    }

    static let towardsXMPP: [(PresenceProfile, Show, Show, String?)] = [
        (.rfc8048, .doNotDisturb, .doNotDisturb, nil), (.rfc8048, .extendedAway, .extendedAway, nil),
        (.ciscoIntradomain, .doNotDisturb, .doNotDisturb, nil), (.ciscoIntradomain, .away, .away, nil),
        (.ciscoIntradomain, .online, .online, nil),
        (.ciscoInterdomain, .doNotDisturb, .away, "Busy"), (.ciscoInterdomain, .away, .away, nil),
        (.ciscoInterdomain, .online, .online, nil),
    ]

    @Test("SIP → XMPP", arguments: towardsXMPP)
    func xmpp(_ profile: PresenceProfile, sip: Show, xmpp: Show, status: String?) {
        let notification = PresenceNotification(
            instances: [.init(id: "t", isAvailable: true, show: sip)],
            isComplete: true
        )
        let mapped = profile.towardsXMPP(notification).instances[0]
        #expect(mapped.show == xmpp)
        #expect(mapped.status.first?.text == status)
    }

    @Test("Offline stays offline; the user's own words stay", arguments: PresenceProfile.allCases)
    func others(_ profile: PresenceProfile) {
        let offline = PresenceNotification.Instance(id: "t", isAvailable: false)
        #expect(profile.towardsXMPP(offline) == offline)
        #expect(profile.towardsSIP(offline) == offline)
        let own = PresenceNotification.Instance(
            id: "t",
            isAvailable: true,
            show: .doNotDisturb,
            status: [LocalizedText("at the dentist's")]
        )
        #expect(profile.towardsXMPP(own).status == own.status)
    }
}
