import Messaging
import Presence
import Testing
import XML

@Suite("PIDF, RPID")
struct PIDFDocumentTests {
    typealias Instance = PresenceNotification.Instance

    @Test("RFC 8048, example 19: away crosses as <show/> in the status")
    func example19() throws {
        let notification = PresenceNotification(
            instances: [Instance(id: "yn0cl4bnw0yr3vym", isAvailable: true, show: .away)],
            isComplete: true
        )
        let document = PIDFDocument(notification, entity: "pres:juliet@example.com")
        let root = try XMLDocument.parse(document.bytes)
        #expect(root.is("presence", "urn:ietf:params:xml:ns:pidf"))
        #expect(root.attribute("entity") == "pres:juliet@example.com")
        let tuple = try #require(root.child("tuple", "urn:ietf:params:xml:ns:pidf"))
        #expect(tuple.attribute("id") == "ID-yn0cl4bnw0yr3vym")
        let status = try #require(tuple.child("status", "urn:ietf:params:xml:ns:pidf"))
        #expect(status.child("basic", "urn:ietf:params:xml:ns:pidf")?.text == "open")
        #expect(status.child("show", "jabber:client")?.text == "away")
        let person = try #require(root.child("person", "urn:ietf:params:xml:ns:pidf:data-model"))
        let activities = person.child("activities", "urn:ietf:params:xml:ns:pidf:rpid")
        #expect(activities?.elements.map(\.name) == ["away"])
    }

    static let shows: [(PresenceNotification.Show, [String], Activity?)] = [
        (.online, [], nil), (.chat, ["chat"], nil), (.away, ["away"], .away), (.extendedAway, ["xa"], .away),
        (.doNotDisturb, ["dnd"], .busy),
    ]

    @Test("Every <show/> is written and read back", arguments: shows)
    func crosses(_ show: PresenceNotification.Show, text: [String], activity: Activity?) throws {
        let instance = Instance(
            id: "r",
            isAvailable: true,
            show: show,
            status: [LocalizedText("unterwegs", language: "de"), LocalizedText("on the road", language: "en")],
            priority: 7,
            idleSince: show == .online ? nil : 1_117_472_564_000
        )
        let notification = PresenceNotification(instances: [instance], isComplete: true)
        let document = PIDFDocument(
            notification,
            entity: "pres:juliet@example.com",
            contact: "sip:juliet@example.com",
            timestamp: 1_117_472_565_000
        )
        #expect(document.person?.activities == activity.map { [$0] })
        let read = try PIDFDocument(parsing: document.bytes)
        #expect(read == document)
        #expect(PresenceNotification(read) == notification)
    }

    @Test("Unavailable is closed, without show, priority or idle time")
    func closed() throws {
        let gone = Instance(id: "r", isAvailable: false, status: [LocalizedText("gone home")])
        let document = PIDFDocument(
            PresenceNotification(instances: [gone], isComplete: true),
            entity: "sip:a@b.example"
        )
        #expect(document.tuples.count == 1)
        #expect(document.tuples[0].isOpen == false)
        #expect(document.person == nil)
        #expect(PresenceNotification(try PIDFDocument(parsing: document.bytes)).instances == [gone])
    }

    @Test("Who has no device has one closed tuple")
    func nobody() throws {
        let document = PIDFDocument(PresenceNotification(instances: [], isComplete: true), entity: "sip:a@b.example")
        #expect(document.tuples.map(\.isOpen) == [false])
        #expect(PresenceNotification(document).instances == [Instance(id: nil, isAvailable: false)])
    }

    @Test("A negative priority is not mapped (RFC 8048 §6.2 note 6)")
    func negativePriority() {
        let instance = Instance(id: "r", isAvailable: true, priority: -1)
        let document = PIDFDocument(
            PresenceNotification(instances: [instance], isComplete: true),
            entity: "sip:a@b.example"
        )
        let text = String(decoding: document.bytes, as: UTF8.self)
        #expect(!text.contains("priority"))
    }

    @Test("A tuple's id is an xs:ID, and no two devices share one")
    func tupleIDs() {
        let resources = ["1 <x> ☃", "r", "R", "a_b", "a_5fb", "_", "ID-r", "", "ü", "-", "a b", "a\u{A0}b"]
        let instances = resources.map { Instance(id: $0, isAvailable: true) } + [Instance(id: nil, isAvailable: true)]
        let document = PIDFDocument(
            PresenceNotification(instances: instances, isComplete: true),
            entity: "sip:a@b.example"
        )
        let ids = document.tuples.map(\.id)
        #expect(ids.allSatisfy { $0.wholeMatch(of: /[A-Za-z_][A-Za-z0-9._-]*/) != nil })
        #expect(Set(ids).count == ids.count)
    }

    @Test("Markup in a note is text (hostile corpus: inject-x2s-status-note-markup)")
    func markup() throws {
        let evil = "</note><basic>closed</basic>\u{1}&"
        let instance = Instance(id: "r", isAvailable: true, status: [LocalizedText(evil)])
        let document = PIDFDocument(
            PresenceNotification(instances: [instance], isComplete: true),
            entity: "sip:a@b.example?<>\"'"
        )
        let read = try PIDFDocument(parsing: document.bytes)
        #expect(read.tuples.map(\.isOpen) == [true])
        #expect(read.tuples[0].notes.map(\.text) == ["</note><basic>closed</basic>\u{FFFD}&"])
        #expect(read.entity == "sip:a@b.example?<>\"'")
    }

    @Test("For Microsoft's clients the activity is in the status as well")
    func microsoft() throws {
        let instance = Instance(id: "r", isAvailable: true, show: .doNotDisturb)
        let notification = PresenceNotification(instances: [instance], isComplete: true)
        let document = PIDFDocument(notification, entity: "sip:a@b.example", profile: .ciscoIntradomain)
        let root = try XMLDocument.parse(document.bytes)
        let space = "urn:ietf:params:xml:ns:pidf:status:rpid-status"
        let status = root.elements[0].elements[0]
        #expect(status.child("activities", space)?.child("activity", space)?.text == "busy")
    }

    static let activities: [(String, PresenceNotification.Show)] = [
        ("<rp:away/>", .away), ("<rp:busy/>", .doNotDisturb), ("<rp:on-the-phone/>", .doNotDisturb),
        ("<rp:meeting/>", .doNotDisturb), ("<rp:vacation/><rp:breakfast/>", .extendedAway), ("<rp:unknown/>", .online),
        ("<rp:other>reading</rp:other>", .online), ("<rp:never-heard-of/>", .online), ("", .online),
        ("<rp:away/><rp:busy/>", .doNotDisturb), ("<rp:in-transit/>", .away),
    ]

    @Test("RPID's activities say how available the person is", arguments: activities)
    func availability(_ activities: String, show: PresenceNotification.Show) throws {
        let document = """
            <presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:dm='urn:ietf:params:xml:ns:pidf:data-model'
              xmlns:rp='urn:ietf:params:xml:ns:pidf:rpid' entity='pres:a@b.example'>
            <tuple id='t'><status><basic>open</basic></status></tuple>
            <dm:person id='p'><rp:activities>\(activities)</rp:activities></dm:person></presence>
            """
        let notification = PresenceNotification(try PIDFDocument(parsing: Array(document.utf8)))
        #expect(notification.instances == [Instance(id: "t", isAvailable: true, show: show)])
    }

    @Test("Microsoft's PIDF: activities of a draft, in the status")
    func microsoftReading() throws {
        let document = """
            <presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:bob@example.com">
             <tuple id="0"><status><basic>open</basic>
               <ep:activities xmlns:ep="urn:ietf:params:xml:ns:pidf:status:rpid-status"><ep:activity>busy</ep:activity></ep:activities>
             </status></tuple>
             <display-name>Bob</display-name>
            </presence>
            """
        let notification = PresenceNotification(try PIDFDocument(parsing: Array(document.utf8)))
        #expect(notification.instances == [Instance(id: "0", isAvailable: true, show: .doNotDisturb)])
    }

    @Test("An idle device is away since then")
    func idle() throws {
        let document = """
            <presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:r='urn:ietf:params:xml:ns:pidf:rpid' entity='pres:a@b.example'>
            <tuple id='t'><status><basic>open</basic></status>
            <r:user-input idle-threshold="600" last-input="2004-10-21T13:20:00.000-05:00">idle</r:user-input></tuple></presence>
            """
        let notification = PresenceNotification(try PIDFDocument(parsing: Array(document.utf8)))
        #expect(
            notification.instances == [Instance(id: "t", isAvailable: true, show: .away, idleSince: 1_098_382_800_000)]
        )
    }

    static let refused: [(String, PIDFError)] = [
        ("", .notXML), ("<presence", .notXML), ("plain text", .notXML),
        ("<!DOCTYPE presence [<!ENTITY a 'b'>]><presence xmlns='urn:ietf:params:xml:ns:pidf'/>", .notXML),
        ("<presence/>", .notPIDF), ("<presence xmlns='jabber:client'/>", .notPIDF),
        ("<p:pidf-full xmlns:p='urn:ietf:params:xml:ns:pidf-diff'/>", .notPIDF),
        ("<list xmlns='urn:ietf:params:xml:ns:rlmi'/>", .notPIDF),
    ]

    @Test("What is no PIDF is refused", arguments: refused)
    func refuses(_ text: String, error: PIDFError) {
        #expect(throws: error) { try PIDFDocument(parsing: Array(text.utf8)) }
    }

    @Test("A document without end is cut off, not read on")
    func bounded() throws {
        let tuple = "<tuple id='t%'><status><basic>open</basic></status></tuple>"
        let tuples = (0..<200).map { tuple.replacing("%", with: String($0)) }.joined()
        let text = "<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='pres:a@b.example'>\(tuples)</presence>"
        #expect(try PIDFDocument(parsing: Array(text.utf8)).tuples.count == PIDFDocument.maximumTuples)
    }

    @Test("A tuple without id or without basic status is no device; of two with one id the first counts")
    func oddities() throws {
        let text = """
            <presence xmlns='urn:ietf:params:xml:ns:pidf' entity='pres:a@b.example'>
            <tuple><status><basic>open</basic></status></tuple>
            <tuple id='x'><status/></tuple>
            <tuple id='y'><status><basic>maybe</basic></status></tuple>
            <tuple id='z'><status><basic> open </basic></status></tuple>
            <tuple id='z'><status><basic>closed</basic></status></tuple>
            </presence>
            """
        let notification = PresenceNotification(try PIDFDocument(parsing: Array(text.utf8)))
        #expect(notification.instances == [Instance(id: "z", isAvailable: true)])
    }

    @Test("The Content-Language counts where no xml:lang does")
    func language() throws {
        let text = """
            <presence xmlns='urn:ietf:params:xml:ns:pidf' entity='pres:a@b.example'><tuple id='z'><status><basic>open</basic></status>
            <note>Mittagspause</note><note xml:lang='en'>lunch</note></tuple></presence>
            """
        let document = try PIDFDocument(parsing: Array(text.utf8), language: "de")
        #expect(
            document.tuples[0].notes == [
                LocalizedText("Mittagspause", language: "de"), LocalizedText("lunch", language: "en"),
            ]
        )
    }
}
