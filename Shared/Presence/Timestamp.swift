/// A point in time on the wire: [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339) text (PIDF, RPID, XEP-0203, XEP-0319)
/// ⇄ milliseconds since 1970.
public enum Timestamp {
    /// Reads `2005-05-30T22:02:44.125+05:00`; `nil` for anything that is not an RFC 3339 `date-time`.
    ///
    /// Digits of a second beyond the third are cut off. A leap second counts as the second before it.
    public static func parse(_ text: String) -> Int64? {
        var text = text.utf8[...]
        guard let year = text.number(4), text.skip("-"), let month = text.number(2), text.skip("-"),
            let day = text.number(2), text.skip("T") || text.skip("t") || text.skip(" "),
            let hour = text.number(2), text.skip(":"), let minute = text.number(2), text.skip(":"),
            let second = text.number(2),
            (1...12).contains(month), (1...CivilDate.length(ofMonth: month, year: year)).contains(day),
            hour <= 23, minute <= 59, second <= 60
        else { return nil }

        var milliseconds = 0
        if text.skip(".") {
            guard let fraction = text.fraction() else { return nil }
            milliseconds = fraction
        }
        guard let offset = text.offset(), text.isEmpty else { return nil }
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + min(second, 59) - offset * 60
        return Int64(seconds) * 1000 + Int64(milliseconds)
    }

    /// Writes it in UTC, with milliseconds only where there are some: `2005-05-30T17:02:44Z`.
    public static func format(_ milliseconds: Int64) -> String {
        let (days, inDay) = milliseconds.flooredDivision(by: 86_400_000)
        let date = CivilDate(daysSince1970: Int(days))
        let (second, fraction) = (Int(inDay / 1000), Int(inDay % 1000))
        var text = ""
        text.append(date.year, width: 4)
        text += "-"
        text.append(date.month, width: 2)
        text += "-"
        text.append(date.day, width: 2)
        text += "T"
        text.append(second / 3600, width: 2)
        text += ":"
        text.append(second / 60 % 60, width: 2)
        text += ":"
        text.append(second % 60, width: 2)
        if fraction > 0 {
            text += "."
            text.append(fraction, width: 3)
        }
        return text + "Z"
    }
}

extension Substring.UTF8View.SubSequence {
    /// Takes exactly `width` digits off the front.
    fileprivate mutating func number(_ width: Int) -> Int? {
        var value = 0
        for _ in 0..<width {
            guard let byte = self.first, (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
            self.removeFirst()
        }
        return value
    }

    /// Takes one given character off the front, if it is there.
    fileprivate mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard self.first == UInt8(ascii: character) else { return false }
        self.removeFirst()
        return true
    }

    /// Takes one or more digits and gives the first three of them as milliseconds.
    fileprivate mutating func fraction() -> Int? {
        var (value, weight) = (0, 100)
        guard let first = self.first, (0x30...0x39).contains(first) else { return nil }
        while let byte = self.first, (0x30...0x39).contains(byte) {
            value += Int(byte - 0x30) * weight
            weight /= 10
            self.removeFirst()
        }
        return value
    }

    /// Takes `Z` or `±hh:mm`, in minutes east of Greenwich.
    fileprivate mutating func offset() -> Int? {
        if self.skip("Z") || self.skip("z") { return 0 }
        let isWest = self.skip("-")
        guard isWest || self.skip("+"), let hours = self.number(2), self.skip(":"), let minutes = self.number(2),
            hours <= 23, minutes <= 59
        else { return nil }
        return (hours * 60 + minutes) * (isWest ? -1 : 1)
    }
}
