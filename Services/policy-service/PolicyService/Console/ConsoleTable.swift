import Foundation
import Policy

/// How something fares, for its colour; the words beside it say the same.
enum ConsoleTone: String, Sendable { case good, warning, bad, quiet }

/// A field of a table.
struct ConsoleCell: Sendable {
    var text: String
    var href: String?
    var tone: ConsoleTone?
    var isTime = false
    /// A long word without meaning, such as a fingerprint, which may be broken anywhere.
    var isCode = false
    /// A button in place of the text: what it does, and what it sends.
    var action: (path: String, name: String, value: String, object: String)?

    init(_ text: String, href: String? = nil, tone: ConsoleTone? = nil) {
        (self.text, self.href, self.tone) = (text, href, tone)
    }

    /// A form with one button; `object` is what it is about, for those who do not see the row.
    init(button: String, of object: String, action: String, _ sent: (name: String, value: String)) {
        self.text = button
        self.action = (action, sent.name, sent.value, object)
    }

    init(code: String) {
        self.text = code
        self.isCode = true
    }

    /// A moment of the API; empty where there is none.
    init(time: DocumentValue?) {
        self.text = time?.text ?? ""
        self.isTime = !self.text.isEmpty
    }

    /// `now`, in milliseconds since 1970, is what a moment is told from.
    func values(_ column: String, at now: Int64) -> [String: Any] {
        [
            "column": column, "cellText": self.isTime ? self.text.shortMoment : self.text,
            "ago": self.isTime ? self.text.distance(from: now) ?? "" : "",
            "moment": self.text, "isMoment": self.isTime, "cellHref": self.href ?? "", "isLink": self.href != nil,
            // A long one may be broken.
            "tone": (self.tone?.rawValue ?? "") + (self.text.count > 18 ? " wordy" : ""),
            "isPill": self.tone != nil && !self.text.isEmpty,
            "isPlain": self.href == nil && self.tone == nil && !self.isTime && !self.isCode && self.action == nil,
            "isCode": self.isCode,
            "isButton": self.action != nil, "cellAction": self.action?.path ?? "", "sentName": self.action?.name ?? "",
            "sentValue": self.action?.value ?? "", "cellObject": self.action?.object ?? "",
        ]
    }
}

/// A table, which is a list of cards on a phone.
struct ConsoleTable: Sendable {
    /// What a reader hears first.
    var caption: String
    var columns: [String]
    var rows: [[ConsoleCell]]
    /// Said when there are no rows: what to do about it.
    var empty = "There is nothing to show."

    func values(at now: Int64) -> [String: Any] {
        [
            "caption": self.caption, "isEmpty": self.rows.isEmpty, "emptyText": self.empty,
            "columns": self.columns.map { ["columnLabel": $0] },
            // What a thing is, field by field: lines on a phone, where other tables are cards.
            "isPairs": self.columns == ["Field", "Value"],
            "rows": self.rows.map { row in
                ["cells": zip(self.columns, row).map { column, cell in cell.values(column, at: now) }]
            },
        ]
    }
}
