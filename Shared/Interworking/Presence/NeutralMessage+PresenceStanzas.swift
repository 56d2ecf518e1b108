internal import Messaging
internal import Presence
internal import XML
internal import XMPPCore

extension NeutralMessage {
    /// One `<presence/>` for each device; for the document of a user without any, “unavailable” from the bare address
    /// ([RFC 8048 §6.3](https://www.rfc-editor.org/rfc/rfc8048#section-6.3)).
    func stanzas(_ notification: PresenceNotification, from: JID, to: JID) -> [Stanza] {
        guard !notification.instances.isEmpty else {
            guard notification.isComplete else { return [] }
            return [Stanza(.presence, from: from.bare, to: to, type: "unavailable")]
        }
        return notification.instances.prefix(InterworkingLimits.presenceInstances).map { instance in
            Stanza(
                .presence,
                from: from.device(instance.id),
                to: to,
                type: instance.isAvailable ? nil : "unavailable",
                language: instance.status.first?.language,
                children: instance.children
            )
        }
    }
}

extension JID {
    /// The full address of one of the user's devices.
    ///
    /// A tuple's id is any string a SIP device likes: what no resource may contain is left out.
    fileprivate func device(_ id: String?) -> JID {
        guard let id else { return self.bare }
        if let full = try? JID(local: self.local, domain: self.domain, resource: id) { return full }
        let safe = String(
            String.UnicodeScalarView(id.unicodeScalars.filter { $0.isASCII && $0.value > 0x20 && $0.value < 0x7F })
        )
        return (try? JID(local: self.local, domain: self.domain, resource: String(safe.prefix(64)))) ?? self.bare
    }
}

extension PresenceNotification.Instance {
    fileprivate var children: [XMLElement] {
        let language = self.status.first?.language
        var children: [XMLElement] = []
        if self.isAvailable, let show = self.show.element {
            children.append(XMLElement("show", namespace: Namespace.server, text: show))
        }
        for text in self.status { children.append(.localized("status", text, default: language)) }
        if self.isAvailable, let priority = self.priority {
            children.append(XMLElement("priority", namespace: Namespace.server, text: String(priority)))
        }
        if self.isAvailable, let idleSince = self.idleSince {
            children.append(
                XMLElement("idle", namespace: Namespace.idle, attributes: [.init("since", Timestamp.format(idleSince))])
            )
        }
        return children
    }
}

extension PresenceNotification.Show {
    /// The text of `<show/>`; `nil` where there is none.
    var element: String? {
        switch self {
        case .online: nil
        case .chat: "chat"
        case .away: "away"
        case .extendedAway: "xa"
        case .doNotDisturb: "dnd"
        }
    }
}
