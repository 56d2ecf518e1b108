internal import Presence

/// SIP's `Date`: `Sat, 13 Nov 2010 23:29:00 GMT`
/// ([RFC 3261 §20.17](https://www.rfc-editor.org/rfc/rfc3261#section-20.17)) ⇄ milliseconds since 1970.
enum SIPDate {
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `nil` for what is no such date.
    ///
    /// The day of the week is not compared with the date.
    static func parse(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT" || words[5] == "UTC", words[0].utf8.count == 4,
            let day = Int(words[1]), let month = self.months.firstIndex(of: String(words[2])).map({ $0 + 1 }),
            words[3].utf8.count == 4, let year = Int(words[3]),
            (1...CivilDate.length(ofMonth: month, year: year)).contains(day)
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { $0.utf8.count == 2 ? Int($0) : nil }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        return Int64(days * 86_400 + clock[0] * 3600 + clock[1] * 60 + min(clock[2], 59)) * 1000
    }

    static func format(_ milliseconds: Int64) -> String {
        let (days, inDay) = milliseconds.flooredDivision(by: 86_400_000)
        let date = CivilDate(daysSince1970: Int(days))
        let second = Int(inDay / 1000)
        var text = "\(self.weekdays[date.weekday]), "
        text.append(date.day, width: 2)
        text += " \(self.months[date.month - 1]) "
        text.append(date.year, width: 4)
        text += " "
        text.append(second / 3600, width: 2)
        text += ":"
        text.append(second / 60 % 60, width: 2)
        text += ":"
        text.append(second % 60, width: 2)
        return text + " GMT"
    }
}
