import Messaging
import Presence
import Testing

@Suite("MSRTC and XPIDF documents")
struct MicrosoftDocumentTests {
    static let lync = """
        <presentity uri="bob@example.com" xmlns="http://schemas.microsoft.com/2002/09/sip/presence">
         <availability aggregate="300" description="" epid="03640fc59f"/>
         <activity aggregate="600" description="" note="in a meeting"/>
         <displayName displayName="Bob"/>
         <userInfo><states><state avail="9500">do-not-disturb</state></states><oof/></userInfo>
         <devices><device/></devices>
        </presentity>
        """

    @Test("MSRTC: both generations of values, and the note")
    func msrtc() throws {
        let document = try MSRTCDocument(parsing: Array(Self.lync.utf8))
        #expect(document.uri == "bob@example.com")
        #expect(document.aggregates == MicrosoftAggregates(availability: 300, activity: 600))
        #expect(document.availability == 9500)
        #expect(document.state == .doNotDisturb)
        #expect(document.note == "in a meeting")
        #expect(try MSRTCDocument(parsing: document.bytes) == document)
    }

    @Test("The namespace of the samples and that of the schema, and a prolog that says UTF-16")
    func variants() throws {
        let other = Self.lync.replacing("2002/09/sip", with: "09/2002/sip")
        let prolog = "<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n"
        let plain = try MSRTCDocument(parsing: Array(Self.lync.utf8))
        #expect(try MSRTCDocument(parsing: Array((prolog + other).utf8)) == plain)
        #expect(try MSRTCDocument(parsing: [0xEF, 0xBB, 0xBF] + Array((prolog + other).utf8)) == plain)
    }

    @Test("What is written is what was meant, markup and all")
    func written() throws {
        let notification = PresenceNotification(
            instances: [
                .init(id: "phone", isAvailable: true, show: .doNotDisturb, status: [LocalizedText("no")]),
                .init(id: "desk", isAvailable: true, show: .away, status: [LocalizedText("<&\"'> \u{1} 🙂")]),
            ],
            isComplete: true
        )
        let document = MSRTCDocument(notification, uri: "juliet@example.com")
        // The most available device speaks for the user.
        #expect(document.state == .away)
        let read = try MSRTCDocument(parsing: document.bytes)
        #expect(read.note == "<&\"'> \u{FFFD} 🙂")
        #expect(String(decoding: document.bytes, as: UTF8.self).contains("uri=\"juliet@example.com\""))
    }

    @Test("A note that is too long for a client is left out")
    func longNote() throws {
        let status = [LocalizedText(String(repeating: "x", count: 501))]
        let notification = PresenceNotification(
            instances: [.init(id: nil, isAvailable: true, status: status)],
            isComplete: true
        )
        #expect(MSRTCDocument(notification, uri: "a@b").note == nil)
    }

    static let messenger = """
        <?xml version="1.0"?>
        <!DOCTYPE presence PUBLIC "-//IETF//DTD RFCxxxx XPIDF 1.0//EN" "xpidf.dtd">
        <presence><presentity uri="sip:bob@example.com;method=SUBSCRIBE"/>
         <atom id="1000"><address uri="sip:bob@192.0.2.7:5060" priority="0.8">
          <status status="open"/><msnsubstatus substatus="berightback"/></address></atom>
         <atom id="1001"><address uri="sip:bob@192.0.2.8:5060"><status status="inuse"/><msnstatus substatus="onthephone"/>
          </address></atom>
         <atom id="1000"><address uri="sip:x"><status status="closed"/></address></atom>
         <atom id="1002"><address uri="sip:x"><status status="perhaps"/></address></atom>
         <atom><address uri="sip:x"><status status="open"/></address></atom>
        </presence>
        """

    @Test("XPIDF: its DTD is skipped, each atom is a device, both spellings are read")
    func xpidf() throws {
        let document = try XPIDFDocument(parsing: Array(Self.messenger.utf8))
        #expect(document.presentity == "sip:bob@example.com")
        #expect(document.atoms.map(\.id) == ["1000", "1001"])
        #expect(document.atoms.map(\.state) == [.beRightBack, .onThePhone])
        #expect(document.atoms.map(\.priority) == [102, nil])
        #expect(try XPIDFDocument(parsing: document.bytes) == document)
        let instances = PresenceNotification(document).instances
        #expect(instances.map(\.id) == ["1000", "1001"])
        #expect(instances.map(\.show) == [.away, .doNotDisturb])
        #expect(instances.map { $0.status.map(\.text) } == [["Be Right Back"], ["On the Phone"]])
    }

    @Test("XPIDF of an XMPP user: a device each, and one that is closed where there is none")
    func xpidfWritten() throws {
        let notification = PresenceNotification(
            instances: [
                .init(id: "desk", isAvailable: true, show: .chat, priority: 127), .init(id: "b", isAvailable: false),
            ],
            isComplete: true
        )
        let document = XPIDFDocument(notification, presentity: "sip:juliet@example.com")
        let read = try XPIDFDocument(parsing: document.bytes)
        #expect(read.atoms.map(\.state) == [.available, .offline])
        #expect(read.atoms.map(\.id) == ["ID-desk", "ID-b"])
        #expect(PresenceNotification(read).instances.map(\.id) == ["desk", "b"])
        let nobody = PresenceNotification(instances: [], isComplete: true)
        #expect(XPIDFDocument(nobody, presentity: "sip:a@b").atoms.map(\.state) == [.offline])
        #expect(MSRTCDocument(nobody, uri: "a@b").state == .offline)
    }

    static let refused: [(String, PIDFError)] = [
        ("", .notXML), ("x", .notXML), ("<presentity>", .notXML), ("<presentity/>", .notPIDF),
        ("<presence/>", .notPIDF),
        ("<other><availability aggregate='300'/></other>", .notPIDF),
        ("<!DOCTYPE p [<!ENTITY e \"x\">]><presentity><availability aggregate='300'/></presentity>", .notXML),
        ("<!DOCTYPE p SYSTEM \"file:///etc/passwd\" [ ]><presence><presentity/></presence>", .notXML),
        ("<!DOCTYPE p SYSTEM \"x\"><!DOCTYPE p SYSTEM \"x\"><presence><presentity/></presence>", .notXML),
        ("<presentity>" + String(repeating: "<availability>", count: 33), .notXML),
        ("<!DOCTYPE p \"" + String(repeating: "x", count: 2000) + "\"><presence><presentity/></presence>", .notXML),
    ]

    @Test("A hostile document is refused", arguments: refused)
    func hostile(_ text: String, error: PIDFError) {
        #expect(throws: error) { try MSRTCDocument(parsing: Array(text.utf8)) }
        #expect(throws: error) { try XPIDFDocument(parsing: Array(text.utf8)) }
    }

    @Test(
        "Numbers that are none count as no information",
        arguments: ["", "-1", "1e3", "999999", " 300", "0x12c", "٣٠٠"]
    )
    func numbers(_ number: String) throws {
        let text = "<presentity><availability aggregate='\(number)'/><activity aggregate='400'/></presentity>"
        #expect(try MSRTCDocument(parsing: Array(text.utf8)).state == .offline)
    }

    @Test("More atoms than anybody has devices are left out")
    func manyAtoms() throws {
        let atoms = (0..<100).map { "<atom id='a\($0)'><address><status status='open'/></address></atom>" }.joined()
        let text = "<presence><presentity uri='sip:a@b'/>\(atoms)</presence>"
        #expect(try XPIDFDocument(parsing: Array(text.utf8)).atoms.count == PIDFDocument.maximumTuples)
    }
}

@Suite("The format of a watcher")
struct PresenceFormatTests {
    static let accepted: [([String], PresenceFormat?, PresenceFormat?)] = [
        ([], .pidf, .pidf), (["application/pidf+xml"], .pidf, .pidf), (["*/*"], .pidf, .pidf),
        (["application/*"], .pidf, .pidf), (["text/xml+msrtc.pidf"], .msrtc, .msrtc),
        (["application/xpidf+xml"], .xpidf, .xpidf), (["application/rlmi+xml"], nil, nil), (["text/*"], nil, nil),
        // LCS 2005, federated (MS-PRES 4.11)
        (["application/xpidf+xml", "text/xml+msrtc.pidf", "application/pidf+xml"], .msrtc, .pidf),
        // Office Communicator 2007
        (
            [
                "application/msrtc-event-categories+xml", "application/xpidf+xml", "text/xml+msrtc.pidf",
                "application/pidf+xml", "application/rlmi+xml", "multipart/related",
            ],
            .msrtc, .pidf
        ),
        // Cisco
        (["application/pidf+xml", "application/cpim-pidf+xml"], .pidf, .pidf),
        (["application/xpidf+xml", "application/pidf+xml"], .pidf, .pidf),
        (["application/xpidf+xml", "*/*"], .xpidf, .xpidf),
    ]

    @Test("Chosen from Accept, as OCS chooses, or the standard first", arguments: accepted)
    func chosen(_ types: [String], microsoft: PresenceFormat?, standard: PresenceFormat?) {
        #expect(PresenceFormat.chosen(from: types, .microsoft) == microsoft)
        #expect(PresenceFormat.chosen(from: types, .standard) == standard)
    }
}
