import Presence
import Testing

@Suite("RFC 8048 §6.2 note 6: priority")
struct TuplePriorityTests {
    @Test(
        "The examples of the RFC",
        arguments: [(0, "0"), (1, "0.007"), (2, "0.015"), (126, "0.992"), (127, "1")] as [(Int8, String)]
    )
    func examples(_ xmpp: Int8, pidf: String) {
        #expect(TuplePriority.pidf(xmpp) == pidf)
    }

    @Test("Every priority that is mapped comes back as itself", arguments: Int8(0)...127)
    func roundTrip(_ xmpp: Int8) throws {
        let pidf = try #require(TuplePriority.pidf(xmpp))
        #expect(TuplePriority.xmpp(pidf) == xmpp)
        #expect(pidf.utf8.count <= 5)
    }

    @Test("A negative priority is not mapped", arguments: [-128, -1] as [Int8])
    func negative(_ xmpp: Int8) {
        #expect(TuplePriority.pidf(xmpp) == nil)
    }

    @Test(
        "What is no decimal number between 0 and 1 is ignored",
        arguments: ["", ".", "1.001", "2", "-0.5", "0,5", "1e0", "0.5.5", "01.0"]
    )
    func malformed(_ pidf: String) {
        #expect(TuplePriority.xmpp(pidf) == (pidf == "01.0" ? 127 : nil))
    }

    @Test(
        "PIDF's own examples are taken",
        arguments: [("0", 0), ("0.021", 3), ("0.5", 64), ("1.00", 127), ("0.8", 102), (".5", 64)] as [(String, Int8)]
    )
    func reads(_ pidf: String, xmpp: Int8) {
        #expect(TuplePriority.xmpp(pidf) == xmpp)
    }
}
