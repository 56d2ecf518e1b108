import Hummingbird
import Messaging
import Policy

extension RefusalFilter {
    /// Reads the query of `GET /v1/refusals`.
    init(_ request: Request) throws(Problem) {
        self.init(
            reason: try request.word("reason"),
            messageID: request.query("message-id").map { MessageID($0) },
            party: request.query("party")
        )
        self.direction = try request.word("direction")
        self.partner = request.query("partner").map { $0.lowercased() }
        self.domain = request.query("domain").map { $0.lowercased() }
        self.since = try request.moment("since")
        self.until = try request.moment("until")
    }
}

extension StoredRefusal {
    var document: DocumentValue {
        let record = self.record
        return [
            "number": .integer(self.number),
            "time": DocumentValue(milliseconds: record.time),
            "service": .text(record.service),
            "message-id": DocumentValue(optional: record.messageID?.rawValue),
            "direction": DocumentValue(optional: record.direction?.rawValue),
            "subject": .text(record.subject),
            "partner": .text(record.partner),
            "local-domain": .text(record.localDomain),
            "remote-domain": .text(record.remoteDomain),
            "from": .text(record.from),
            "to": .text(record.to),
            "peer": .text(record.peer),
            "peer-port": record.peerPort.map { .integer($0) } ?? .null,
            "certificate": record.certificate?.document ?? .null,
            "step": DocumentValue(optional: record.step?.rawValue),
            "rule": .text(record.rule),
            "reason": .text(record.reason.rawValue),
            "answer": .text(record.answer),
            "text": .text(record.text),
        ]
    }
}

extension RefusalCertificate {
    /// The form in the API and in the store.
    var document: DocumentValue {
        [
            "subject": .text(self.subject),
            "issuer": .text(self.issuer),
            "names": DocumentValue(texts: self.names),
            "fingerprint": .text(self.fingerprint),
            "not-before": .integer(Int(self.notBefore)),
            "not-after": .integer(Int(self.notAfter)),
            "rejection": .text(self.rejection),
        ]
    }

    /// What ``document`` has written.
    init(_ document: DocumentValue) {
        self.init(
            subject: document["subject"]?.text ?? "",
            issuer: document["issuer"]?.text ?? "",
            names: (document["names"]?.elements ?? []).compactMap(\.text),
            fingerprint: document["fingerprint"]?.text ?? "",
            notBefore: Int64(document["not-before"]?.integer ?? 0),
            notAfter: Int64(document["not-after"]?.integer ?? 0),
            rejection: document["rejection"]?.text ?? ""
        )
    }
}
