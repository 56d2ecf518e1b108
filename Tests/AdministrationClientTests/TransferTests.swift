import Foundation
import Policy
import Testing

@testable import AdministrationClient

@Suite("Lists of users and contacts")
struct TransferTests {
    @Test("CSV is read as RFC 4180 has it, with what spreadsheets add to it")
    func csv() {
        let text = "\u{feff}a, b ,\"c, \"\"d\"\"\"\r\n\r\n1,,\" x \"\n\"two\nlines\",y,z"
        let expected = [["a", "b", "c, \"d\""], ["1", "", " x "], ["two\nlines", "y", "z"]]
        #expect(CSV.rows(text) == expected)
        for row in expected { #expect(CSV.rows(CSV.line(row)) == [row]) }
        #expect(CSV.rows("") == [])
    }

    static let exported = """
        User ID,User Domain,Contact ID,Contact Domain,Nickname,Group Name,State
        userA,example.com,userB,example.com,buddyB,General,0
        userA,example.com,o'hara,other.example,"Pat, the boss",Friends,0

        """

    @Test(
        "A contact list is read and written as Cisco's tool and Microsoft's export have it, with its header or without"
    )
    func contactList() {
        let list = ContactList(csv: Self.exported)
        #expect(list.mistakes.isEmpty && list.entries.count == 2)
        #expect(list.entries[1].nickname == "Pat, the boss" && list.entries[1].contactAddress == "o'hara@other.example")
        #expect(list.csv == Self.exported)
        let bare = Self.exported.split(separator: "\n").dropFirst().joined(separator: "\n")
        #expect(ContactList(csv: bare).entries == list.entries)
    }

    static let wrong: [(row: String, says: String)] = [
        ("userA,example.com,userB", "3 fields instead of 7"),
        ("userA,example.com,userB,example.com,,,0", "Group Name is empty"),
        (",example.com,userB,example.com,,General,0", "User ID is empty"),
        ("\(String(repeating: "u", count: 133)),a.b,c,d.e,,G,0", "at most 132"),
        ("a,\(String(repeating: "d", count: 129)),c,d.e,,G,0", "at most 128"),
        ("a,b.c,d,e.f,\(String(repeating: "n", count: 256)),G,0", "at most 255"),
    ]

    @Test("What the tool would not take is said, with its row", arguments: wrong)
    func mistakes(_ row: String, _ says: String) throws {
        let list = ContactList(csv: ContactList.header.joined(separator: ",") + "\n" + row)
        let mistake = try #require(list.mistakes.first)
        #expect(mistake.hasPrefix("row 2: ") && mistake.contains(says))
    }

    @Test("Owners and contacts get their new addresses; a list of new names needs its header")
    func rename() throws {
        var list = ContactList(csv: Self.exported)
        let renames = try ContactList.renames(
            csv: "Contact ID, New Contact ID\nUSERA@example.com,anna@new.example\nuserB@example.com,userB@new.example\n"
        )
        #expect(list.rename(renames) == 3)
        #expect(list.entries.map(\.userAddress) == ["anna@new.example", "anna@new.example"])
        #expect(list.entries.map(\.contactAddress) == ["userb@new.example", "o'hara@other.example"])
        #expect(throws: ContactListError.self) { try ContactList.renames(csv: "userA@a.b,userB@a.b\n") }
        #expect(throws: ContactListError.self) {
            try ContactList.renames(csv: "Contact ID,New Contact ID\nuserA,userB\n")
        }
    }

    @Test("Addresses that the gateway does not know are named, with those that look like them")
    func alignment() {
        let configuration: DocumentValue = [
            "domains": .list([["domain": .text("example.com")]]),
            "partners": .list([
                ["domain": .text("p.example"), "additional-domains": DocumentValue(texts: ["other.example"])]
            ]),
            "users": .list([["address": .text("usera@example.com")], ["address": .text("userb@new.example")]]),
        ]
        var list = ContactList(csv: Self.exported)
        #expect(
            Alignment(configuration).problems(of: list) == [
                "userb@example.com: it is not in the directory; there is userb@new.example"
            ]
        )
        list.entries[1].contactDomain = "nowhere.example"
        list.entries[1].userDomain = "else.example"
        #expect(Alignment(configuration).problems(of: list).count == 3)
    }

    @Test("A list of users is our own table, Microsoft's list of SIP URIs, or the owners of a contact list")
    func users() throws {
        let own = try UserList.read("address,home,xmpp-access\nA@b.c,xmpp,true\nd@b.c,sip,\n")
        #expect(own[0]["address"]?.text == "A@b.c" && own[0]["xmpp-access"]?.flag == true)
        #expect(own[1]["xmpp-access"] == .null)
        let uris = try UserList.read("sip:Juliet@b.c\r\nsip:romeo@b.c\r\nsip:juliet@b.c\r\n")
        #expect(uris.compactMap { $0["address"]?.text } == ["juliet@b.c", "romeo@b.c"])
        #expect(try UserList.read(Self.exported).compactMap { $0["address"]?.text } == ["usera@example.com"])
        #expect(throws: ContactListError.self) { try UserList.read("name,phone\nx,y\n") }
        #expect(throws: ContactListError.self) { try UserList.read("address,phone\nx@y.z,1\n") }
        let written = UserList.csv([
            [
                "address": .text("a@b.c"), "display-name": .text("A, B"), "home": .text("sip"), "xmpp-access": .null,
                "survivable-branch-appliance": .flag(false),
            ]
        ])
        #expect(written == UserList.header.joined(separator: ",") + "\na@b.c,\"A, B\",sip,inherit,false\n")
        #expect(try UserList.read(written).first?["display-name"]?.text == "A, B")
    }
}
