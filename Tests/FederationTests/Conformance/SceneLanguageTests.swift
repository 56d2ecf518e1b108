import Testing
import XML

@Suite("The language of the scenes")
struct SceneLanguageTests {
    private static let scene = """
        Somebody writes

        Standard: RFC 7572, section 4
        XMPP: juliet/balcony
        SIP: romeo
        Example 1: a message
        Example 2: its translation
        Differs Example 2: a reason

        juliet sends (Example 1)
            <message to='{romeo}'><body>{word}</body></message>

        romeo receives (Example 2)
            MESSAGE sip:{romeo} SIP/2.0
            Subject: {absent}

            {word}

        For each
            {word}
            one
            two

        """

    @Test("A scene is read: who, what is expected, the steps, once for each row")
    func parses() throws {
        let scene = try ConformanceScene(parsing: Self.scene, name: "x")
        #expect(scene.title == "Somebody writes" && scene.standard == "7572" && scene.section == "4")
        #expect(scene.people.map(\.name) == ["juliet", "romeo"] && scene.people[0].device == "balcony")
        #expect(scene.expectations[1].difference == "a reason")
        #expect(scene.playedSteps.count == 4 && scene.playedSteps[2].text.contains("<body>two</body>"))
        #expect(scene.steps[1].text.hasSuffix("\n\n{word}") && scene.steps[1].labels == ["Example 2"])
    }

    static let mistakes = [
        (scene.replacing("Standard: ", with: "Standart: "), "not known"),
        (scene.replacing(" (Example 2)", with: ""), "labels"), (scene.replacing("RFC 7572", with: "7572"), "RFC 1"),
        (scene.replacing("receives", with: "hears"), "hears"), ("", "needs"),
        (scene.replacing("Example 2: its", with: "Example 3: its"), "nothing is expected"),
    ]

    @Test("A mistake is named", arguments: mistakes)
    func refuses(_ text: String, words: String) {
        let error = #expect(throws: SceneError.self) { try ConformanceScene(parsing: text, name: "x") }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    static let patterns: [(String, String, String?)] = [
        ("sip:r1@sip.test", "sip:{romeo}", "sip:{romeo}"), ("sip:r2@sip.test", "sip:{romeo}", nil),
        ("<sip:a;gr=b>;tag=c", "<sip:a;gr=b>;tag={*}", "<sip:a;gr=b>;tag=…"), ("x", "{y}", "…"), ("", "{y}", nil),
        ("a-b", "{one}-{one}", nil), ("a-a", "{one}-{one}", "…-…"), ("normal", "{absent|normal}", "normal"),
        ("chat", "{absent|normal}", nil), ("chat", "{absent}", nil), ("a.c", "a.c", "a.c"), ("abc", "a.c", nil),
        ("one\ntwo", "one{*}", "one…"), ("xab", "ab", nil),
    ]

    @Test("Placeholders stand for what they say, and nothing else", arguments: patterns)
    func placeholders(_ text: String, pattern: String, shown: String?) {
        var placeholders = Placeholders(cast: ["romeo": "r1@sip.test"])
        #expect(placeholders.match(text, pattern) == shown)
    }

    @Test("A value is the same in the whole scene")
    func remembers() {
        var placeholders = Placeholders(cast: [:])
        #expect(placeholders.match("c1", "{call}") != nil)
        #expect(placeholders.match("c2", "{call}") == nil && placeholders.match("c1", "{call}") != nil)
        #expect(placeholders.filled("<{call}> {other}") == "<c1> {other}")
    }

    static let stanza = "<message from='a@b' type='chat'><body>hi</body><thread>t</thread></message>"
    static let stanzas: [(String, String?)] = [
        ("<message/>", "<message><body…/><thread…/></message>"),
        (
            "<message type='chat'><thread>{t}</thread></message>",
            "<message type='chat'><thread>…</thread><body…/></message>"
        ),
        ("<message type='{absent|normal}'/>", nil),
        ("<message to='{absent}'/>", "<message><body…/><thread…/></message>"),
        ("<message to='x'/>", nil), ("<presence/>", nil), ("<message><body>ho</body></message>", nil),
        ("<message><subject/></message>", nil), ("<message><body>{absent}</body></message>", nil),
        ("<message><subject>{absent}</subject></message>", "<message><body…/><thread…/></message>"),
        ("<message xmlns='other'/>", nil),
    ]

    @Test("A stanza has what a scene names, whatever else it has", arguments: stanzas)
    func matchesStanza(_ pattern: String, shown: String?) throws {
        var placeholders = Placeholders(cast: [:])
        let seen = try? XMLElement.scene(Self.stanza).match(try .scene(pattern), &placeholders)
        #expect(seen == shown)
    }

    static let request = """
        MESSAGE sip:r@sip.test SIP/2.0\r
        Via: SIP/2.0/TCP a;branch=b\r
        Content-Type: text/plain;charset=UTF-8\r
        \r
        hi
        """
    static let requests: [(String, Bool)] = [
        ("MESSAGE sip:r@sip.test SIP/2.0", true), ("MESSAGE sip:q@sip.test SIP/2.0", false),
        ("MESSAGE {*} SIP/2.0\nvia: SIP/2.0/TCP {*}", true), ("MESSAGE {*} SIP/2.0\nSubject: x", false),
        ("MESSAGE {*} SIP/2.0\nSubject: {absent}\n\nhi", true), ("MESSAGE {*} SIP/2.0\nVia: {absent}", false),
        ("MESSAGE {*} SIP/2.0\n\nho", false),
    ]

    @Test("A SIP message has what a scene names, whatever else it has", arguments: requests)
    func matchesRequest(_ pattern: String, matches: Bool) throws {
        var placeholders = Placeholders(cast: [:])
        let seen = try? SIPText(Self.request).match(try SIPText(pattern), &placeholders)
        #expect((seen != nil) == matches)
    }
}
