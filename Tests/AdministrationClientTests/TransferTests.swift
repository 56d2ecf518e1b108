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
        #expect(ContactList(csv: bare).entries.map(\.fields) == list.entries.map(\.fields))
        #expect(list.entries.map(\.line) == [2, 3])
    }

    static let wrong: [(row: String, says: String)] = [
        ("userA,example.com,userB", "3 fields instead of 7"),
        ("userA,example.com,userB,example.com,,,0", "Group Name is empty"),
        (",example.com,userB,example.com,,General,0", "User ID is empty"),
        ("\(String(repeating: "u", count: 133)),a.b,c,d.e,,G,0", "at most 132"),
        ("a,\(String(repeating: "d", count: 129)),c,d.e,,G,0", "at most 128"),
        ("a,b.c,d,e.f,\(String(repeating: "n", count: 256)),G,0", "at most 255"),
    ]

    @Test("What the tool would not take is said, with its line", arguments: wrong)
    func mistakes(_ row: String, _ says: String) throws {
        let list = ContactList(csv: ContactList.header.joined(separator: ",") + "\n" + row)
        let mistake = try #require(list.mistakes.first)
        #expect(mistake.hasPrefix("line 2: ") && mistake.contains(says))
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
        let own = try UserList(csv: "address,home,xmpp-access\nA@b.c,xmpp,true\n\nd@b.c,sip,\n").entries
        #expect(own[0].address == "a@b.c" && own[0].document["xmpp-access"]?.flag == true)
        #expect(own[1].document["xmpp-access"] == .null && own[1].line == 4)
        let uris = try UserList(csv: "sip:Juliet@b.c\r\nsip:romeo@b.c\r\nsip:juliet@b.c\r\n").entries
        #expect(uris.map(\.address) == ["juliet@b.c", "romeo@b.c"])
        #expect(try UserList(csv: Self.exported).entries.map(\.address) == ["usera@example.com"])
        #expect(throws: ContactListError.self) { try UserList(csv: "name,phone\nx,y\n") }
        #expect(throws: ContactListError.self) { try UserList(csv: "address,phone\nx@y.z,1\n") }
        let written = UserList.csv([UserRecord(address: "a@b.c", displayName: "A, B")])
        #expect(written == UserList.header.joined(separator: ",") + "\na@b.c,\"A, B\",sip,inherit,false\n")
        #expect(try UserList(csv: written).entries.first?.document["display-name"]?.text == "A, B")
    }

    @Test("Each line of a list of users that is wrong is named")
    func wrongUsers() throws {
        let text = "address,home\na@b.c,sip\n\nb@b.c\nnobody,sip\n\"x\n\",sip\nA@B.C,xmpp\n"
        #expect(
            try UserList(csv: text).mistakes == [
                "line 4: it has 1 fields instead of 2", "line 5: “nobody” is no address such as juliet@sip.example.com",
                "line 6: “x\n” is no address such as juliet@sip.example.com", "line 8: a@b.c is on line 2 already",
            ]
        )
    }
}
