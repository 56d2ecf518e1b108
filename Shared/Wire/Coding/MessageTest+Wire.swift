internal import CIsthmusProto
internal import Messaging

extension MessageTest: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__MessageTest>) {
        isthmus__v1__message_test__init(message)
    }

    func fill(_ message: inout Isthmus__V1__MessageTest, in arena: Arena) {
        message.message_id = arena.text(self.id.rawValue)
        message.from = arena.message(self.from)
        message.to = arena.message(self.to)
        message.text = arena.text(self.text)
        message.patience_ms = self.patienceMilliseconds
    }

    init(_ message: Isthmus__V1__MessageTest) throws(WireError) {
        self.init(
            id: MessageID(try String(message.message_id)),
            from: try value(message.from),
            to: try value(message.to),
            text: try String(message.text),
            patienceMilliseconds: message.patience_ms
        )
    }
}

extension MessageTestResult: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__MessageTestResult>) {
        isthmus__v1__message_test_result__init(message)
    }

    func fill(_ message: inout Isthmus__V1__MessageTestResult, in arena: Arena) {
        message.through = arena.text(self.through)
        message.failure = arena.message(ifAny: self.failure)
        message.is_confirmed = self.isConfirmed ? 1 : 0
    }

    init(_ message: Isthmus__V1__MessageTestResult) throws(WireError) {
        self.init(
            through: try String(message.through),
            failure: try optionalValue(message.failure),
            isConfirmed: message.is_confirmed != 0
        )
    }
}
