import Messaging
import Testing
import XML
import XMPPCore

@testable import Interworking

/// A stanza as it is printed in the RFCs.
func stanza(_ text: String) throws -> Stanza {
    let root = try XMLDocument.parse(Array(text.utf8))
    return try Stanza(root.inServerNamespace)
}

extension XMLElement {
    /// The element as it would come over a server's stream: the printed examples have no namespace at all.
    var inServerNamespace: XMLElement {
        var element = self
        if ["", "jabber:client"].contains(element.namespace) { element.namespace = Namespace.server }
        element.children = element.children.map { node in
            if case .element(let child) = node { .element(child.inServerNamespace) } else { node }
        }
        return element
    }
}

extension Interpretation {
    /// The one message it consists of.
    var message: NeutralMessage? {
        guard case .neutral(let messages) = self, messages.count == 1 else { return nil }
        return messages[0]
    }

    var instantMessage: InstantMessage? {
        guard case .instantMessage(let message) = self.message?.content else { return nil }
        return message
    }

    var failure: DeliveryFailure? {
        guard case .refuse(let failure) = self else { return nil }
        return failure
    }
}

let romeo = Address(user: "romeo", domain: "example.net")
let juliet = Address(user: "juliet", domain: "example.com")

func neutral(
    _ content: NeutralMessage.Content,
    from: Address = romeo,
    to: Address = juliet,
    sentAt: Int64? = nil
) -> NeutralMessage {
    NeutralMessage(id: MessageID("m1"), from: from, to: to, sentAt: sentAt, content: content)
}
