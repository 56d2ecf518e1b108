internal import CIsthmusProto
internal import Messaging

extension PartnerTest: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__PartnerTest>) {
        isthmus__v1__partner_test__init(message)
    }

    func fill(_ message: inout Isthmus__V1__PartnerTest, in arena: Arena) {
        message.local_domain = arena.text(self.local)
        message.remote_domain = arena.text(self.remote)
    }

    init(_ message: Isthmus__V1__PartnerTest) throws(WireError) {
        self.init(local: try String(message.local_domain), remote: try String(message.remote_domain))
    }
}

extension RouteTest: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__RouteTest>) {
        isthmus__v1__route_test__init(message)
    }

    func fill(_ message: inout Isthmus__V1__RouteTest, in arena: Arena) {
        message.route_id = arena.text(self.route)
    }

    init(_ message: Isthmus__V1__RouteTest) throws(WireError) { self.init(route: try String(message.route_id)) }
}

extension TestStep: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__TestStep>) {
        isthmus__v1__test_step__init(message)
    }

    func fill(_ message: inout Isthmus__V1__TestStep, in arena: Arena) {
        message.name = arena.text(self.name)
        message.outcome = arena.text(self.outcome.rawValue)
        message.text = arena.text(self.text)
        message.remedy = arena.text(self.remedy)
        message.reason = arena.text(self.reason?.rawValue ?? "")
    }

    init(_ message: Isthmus__V1__TestStep) throws(WireError) {
        self.init(
            try String(message.name),
            // An outcome that only a later version knows is worth a look.
            Outcome(rawValue: try String(message.outcome)) ?? .warning,
            try String(message.text),
            remedy: try String(message.remedy),
            reason: RefusalReason(rawValue: try String(message.reason))
        )
    }
}
