public import Messaging

/// What one watcher knows of one presentity, device by device: partial presence in, complete documents out, and the other
/// way round.
///
/// XMPP tells the presence of one resource at a time; a NOTIFY tells all of it
/// ([RFC 8048 §6](https://www.rfc-editor.org/rfc/rfc8048#section-6)). One state per watcher, for a presentity may show itself
/// differently to each ([§8.2](https://www.rfc-editor.org/rfc/rfc8048#section-8.2)).
public struct PresenceState: Equatable, Sendable {
    /// Devices kept; a presentity that has more loses the oldest, so that nobody can fill our memory.
    public static let maximumInstances = 32

    /// The devices that can be reached, oldest first.
    private var available: [PresenceNotification.Instance] = []
    /// The device that was the last to leave, where nobody is left.
    private var lastSeen: PresenceNotification.Instance?
    /// Whether anything was ever said.
    private var isKnown = false

    public init() {}

    /// Whether at least one device can be reached.
    public var isAvailable: Bool { !self.available.isEmpty }

    /// Everything that is known, most available device first; `nil` when nothing is, which a NOTIFY says with an empty body
    /// ([RFC 8048 §5.3.2](https://www.rfc-editor.org/rfc/rfc8048#section-5.3.2)).
    public var notification: PresenceNotification? {
        guard self.isKnown else { return nil }
        let instances = self.available.isEmpty ? self.lastSeen.map { [$0] } ?? [] : self.ranked
        return PresenceNotification(instances: instances, isComplete: true)
    }

    /// Takes in what was heard.
    ///
    /// The answer is what thereby changed, as a partial notification; `nil` when nothing did.
    @discardableResult
    public mutating func update(with notification: PresenceNotification) -> PresenceNotification? {
        let wasKnown = self.isKnown
        self.isKnown = true
        var changes: [PresenceNotification.Instance] = []
        if notification.isComplete {
            for old in self.available where !notification.instances.contains(where: { $0.id == old.id }) {
                changes.append(self.leave(PresenceNotification.Instance(id: old.id, isAvailable: false)))
            }
        }
        for instance in notification.instances {
            if let change = self.update(with: instance) { changes.append(change) }
        }
        if changes.isEmpty, !wasKnown, self.available.isEmpty {
            changes = notification.instances.isEmpty ? [.init(id: nil, isAvailable: false)] : notification.instances
        }
        return changes.isEmpty ? nil : PresenceNotification(instances: changes, isComplete: false)
    }

    /// Forgets all: the subscription was refused or has ended.
    public mutating func reset() { self = PresenceState() }

    private mutating func update(with instance: PresenceNotification.Instance) -> PresenceNotification.Instance? {
        guard instance.isAvailable else {
            if let id = instance.id {
                guard self.available.contains(where: { $0.id == id }) else { return self.noteAbsence(of: instance) }
            } else {
                // An unavailable bare address speaks for all devices (RFC 6121 §4.3.2).
                guard !self.available.isEmpty else { return self.noteAbsence(of: instance) }
                self.available.removeAll()
            }
            return self.leave(instance)
        }
        if let index = self.available.firstIndex(where: { $0.id == instance.id }) {
            guard self.available[index] != instance else { return nil }
            self.available[index] = instance
        } else {
            if self.available.count == Self.maximumInstances { self.available.removeFirst() }
            self.available.append(instance)
        }
        self.lastSeen = nil
        return instance
    }

    private mutating func leave(_ instance: PresenceNotification.Instance) -> PresenceNotification.Instance {
        self.available.removeAll { $0.id == instance.id }
        if self.available.isEmpty { self.lastSeen = instance }
        return instance
    }

    /// Keeps a device that was never there as the last one seen, so that the document has something to call closed.
    private mutating func noteAbsence(of instance: PresenceNotification.Instance) -> PresenceNotification.Instance? {
        if self.available.isEmpty, self.lastSeen == nil { self.lastSeen = instance }
        return nil
    }

    /// Watchers that look at the first tuple only shall see the most available device.
    private var ranked: [PresenceNotification.Instance] {
        self.available.enumerated()
            .sorted { left, right in
                (left.element.rank, right.element.priority ?? 0, left.offset)
                    < (right.element.rank, left.element.priority ?? 0, right.offset)
            }
            .map(\.element)
    }
}

extension PresenceNotification.Instance {
    /// 0 for the most available ([RFC 8048 §6.2](https://www.rfc-editor.org/rfc/rfc8048#section-6.2), last paragraph).
    package var rank: Int {
        guard self.isAvailable else { return 5 }
        return switch self.show {
        case .chat: 0
        case .online: 1
        case .away: 2
        case .extendedAway: 3
        case .doNotDisturb: 4
        }
    }
}
