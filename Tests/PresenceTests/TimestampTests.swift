import Presence
import Testing

@Suite("RFC 3339 timestamps")
struct TimestampTests {
    static let readable: [(String, Int64)] = [
        ("1970-01-01T00:00:00Z", 0),
        ("2001-10-27T16:49:29Z", 1_004_201_369_000),
        ("2005-05-30T22:02:44+05:00", 1_117_472_564_000),
        ("2004-10-21T13:20:00.000-05:00", 1_098_382_800_000),
        ("2024-02-29t23:59:60z", 1_709_251_199_000),
        ("2026-11-21T02:00:00.1239Z", 1_795_226_400_123),
        ("1969-12-31T23:59:59.5Z", -500),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000),
    ]

    @Test("Reads every form of date-time", arguments: readable)
    func reads(_ text: String, milliseconds: Int64) {
        #expect(Timestamp.parse(text) == milliseconds)
    }

    static let unreadable = [
        "", "2005", "2005-05-30", "2005-05-30T22:02:44", "2005-13-01T00:00:00Z", "2005-02-29T00:00:00Z",
        "2005-05-30T24:00:00Z", "2005-05-30T22:60:00Z", "2005-05-30T22:02:44.Z", "2005-05-30T22:02:44+0500",
        "2005-05-30T22:02:44Zx", "２005-05-30T22:02:44Z", "-005-05-30T22:02:44Z",
    ]

    @Test("Takes nothing else", arguments: unreadable)
    func rejects(_ text: String) {
        #expect(Timestamp.parse(text) == nil)
    }

    static let instants = Array(stride(from: Int64(-5_000_000_000_000), to: 5_000_000_000_000, by: 123_456_789_013))

    @Test("What is written is read back as the same instant", arguments: instants)
    func roundTrip(_ milliseconds: Int64) {
        #expect(Timestamp.parse(Timestamp.format(milliseconds)) == milliseconds)
    }

    @Test("Milliseconds are written only where there are some")
    func form() {
        #expect(Timestamp.format(1_117_472_564_000) == "2005-05-30T17:02:44Z")
        #expect(Timestamp.format(1_117_472_564_007) == "2005-05-30T17:02:44.007Z")
    }

    @Test("Every day of four centuries is itself")
    func days() {
        for day in stride(from: -200_000, through: 200_000, by: 1)
        where CivilDate(daysSince1970: day).daysSince1970 != day {
            Issue.record("day \(day)")
        }
        #expect(CivilDate(year: 2010, month: 11, day: 13).weekday == 6)
    }
}
