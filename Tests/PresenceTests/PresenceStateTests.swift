import Messaging
import Presence
import Testing

@Suite("What a watcher knows of a presentity")
struct PresenceStateTests {
    typealias Instance = PresenceNotification.Instance

    private static func partial(_ instances: Instance...) -> PresenceNotification {
        PresenceNotification(instances: instances, isComplete: false)
    }

    private static func complete(_ instances: Instance...) -> PresenceNotification {
        PresenceNotification(instances: instances, isComplete: true)
    }

    private static func online(
        _ id: String?,
        _ show: PresenceNotification.Show = .online,
        priority: Int8? = nil
    ) -> Instance {
        Instance(id: id, isAvailable: true, show: show, priority: priority)
    }

    private static func offline(_ id: String?) -> Instance { Instance(id: id, isAvailable: false) }

    @Test("Nothing heard is nothing known: the NOTIFY has no body (RFC 8048 §5.3.2)")
    func unknown() {
        #expect(PresenceState().notification == nil)
    }

    @Test("Devices add up to one document, the most available first")
    func merge() {
        var state = PresenceState()
        state.update(with: Self.partial(Self.online("desk", .doNotDisturb)))
        state.update(with: Self.partial(Self.online("phone", .away, priority: 1)))
        state.update(with: Self.partial(Self.online("pad", .away, priority: 5)))
        state.update(with: Self.partial(Self.online("home")))
        #expect(state.notification?.instances.map(\.id) == ["home", "pad", "phone", "desk"])
        #expect(state.notification?.isComplete == true)
        #expect(state.isAvailable)
    }

    @Test("A device that leaves is gone; the last one is told as closed")
    func leave() {
        var state = PresenceState()
        state.update(with: Self.partial(Self.online("desk")))
        state.update(with: Self.partial(Self.online("phone")))
        #expect(state.update(with: Self.partial(Self.offline("desk"))) == Self.partial(Self.offline("desk")))
        #expect(state.notification == Self.complete(Self.online("phone")))
        state.update(with: Self.partial(Self.offline("phone")))
        #expect(state.notification == Self.complete(Self.offline("phone")))
        #expect(!state.isAvailable)
    }

    @Test("An unavailable bare address takes all devices with it")
    func bareUnavailable() {
        var state = PresenceState()
        state.update(with: Self.partial(Self.online("desk")))
        state.update(with: Self.partial(Self.online("phone")))
        state.update(with: Self.complete(Self.offline(nil)))
        #expect(!state.isAvailable)
        #expect(state.notification?.instances.allSatisfy { !$0.isAvailable } == true)
    }

    @Test("A complete document changes only what it changes, and says who is missing")
    func difference() {
        var state = PresenceState()
        #expect(
            state.update(with: Self.complete(Self.online("a"), Self.online("b")))
                == Self.partial(Self.online("a"), Self.online("b"))
        )
        #expect(state.update(with: Self.complete(Self.online("a"), Self.online("b"))) == nil)
        #expect(
            state.update(with: Self.complete(Self.online("a", .away)))
                == Self.partial(Self.offline("b"), Self.online("a", .away))
        )
        #expect(state.update(with: Self.complete()) == Self.partial(Self.offline("a")))
        #expect(state.update(with: Self.complete()) == nil)
    }

    @Test("The first word that nobody is there is passed on, later ones are not")
    func firstAbsence() {
        var state = PresenceState()
        #expect(state.update(with: Self.complete()) == Self.partial(Self.offline(nil)))
        #expect(state.update(with: Self.complete(Self.offline("x"))) == nil)
        var other = PresenceState()
        #expect(other.update(with: Self.complete(Self.offline("x"))) == Self.partial(Self.offline("x")))
        #expect(other.notification == Self.complete(Self.offline("x")))
    }

    @Test("Nobody fills our memory with devices")
    func bounded() {
        var state = PresenceState()
        for number in 0..<1000 { state.update(with: Self.partial(Self.online("device \(number)"))) }
        #expect(state.notification?.instances.count == PresenceState.maximumInstances)
        #expect(state.notification?.instances.last?.id == "device 999")
    }

    @Test("A reset forgets everything")
    func reset() {
        var state = PresenceState()
        state.update(with: Self.partial(Self.online("desk")))
        state.reset()
        #expect(state == PresenceState())
    }
}
