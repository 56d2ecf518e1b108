import Foundation
import Policy
import Wire

extension DocumentValue {
    /// Reads JSON ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)).
    init(json: String) throws(JSONProblem) { try self.init(parsingJSON: Array(json.utf8)) }

    init(json: Data) throws(JSONProblem) { try self.init(parsingJSON: Array(json)) }

    /// A moment, as ISO 8601 in UTC; `null` for 0, which means “not yet”.
    init(milliseconds: Int64) {
        guard milliseconds != 0 else {
            self = .null
            return
        }
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
        self = .text(date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }
}

extension ObjectChange {
    var document: DocumentValue {
        [
            "object": .text(self.object),
            "action": .text(self.action),
            "before": self.before ?? .null,
            "after": self.after ?? .null,
        ]
    }

    /// What ``document`` has written.
    static func list(in document: DocumentValue) -> [ObjectChange] {
        (document.elements ?? []).map { element in
            func object(_ name: String) -> DocumentValue? { element[name].flatMap { $0 == .null ? nil : $0 } }
            return ObjectChange(
                object: element["object"]?.text ?? "",
                before: object("before"),
                after: object("after")
            )
        }
    }
}
