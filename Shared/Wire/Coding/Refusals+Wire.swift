internal import CIsthmusProto
internal import Messaging
internal import Policy

extension RefusalRecord: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__RefusalRecord>) {
        isthmus__v1__refusal_record__init(message)
    }

    func fill(_ message: inout Isthmus__V1__RefusalRecord, in arena: Arena) {
        message.time = self.time
        message.service = arena.text(self.service)
        message.message_id = arena.text(self.messageID?.rawValue)
        message.subject = arena.text(self.subject)
        message.from = arena.text(self.from)
        message.to = arena.text(self.to)
        message.peer = arena.text(self.peer)
        message.reason = arena.text(self.reason.rawValue)
        message.answer = arena.text(self.answer)
        message.text = arena.text(self.text)
    }

    init(_ message: Isthmus__V1__RefusalRecord) throws(WireError) {
        self.init(
            time: message.time,
            service: try String(message.service),
            messageID: try optionalText(message.message_id).map { MessageID($0) },
            subject: try String(message.subject),
            from: try String(message.from),
            to: try String(message.to),
            peer: try String(message.peer),
            reason: RefusalReason(rawValue: try String(message.reason)) ?? .internalError,
            answer: try String(message.answer),
            text: try String(message.text)
        )
    }
}
