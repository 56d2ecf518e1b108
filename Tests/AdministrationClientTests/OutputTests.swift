import Foundation
import Policy
import TestSupport
import Testing

@testable import AdministrationClient

@Suite("What isthmusctl prints and reads")
struct OutputTests {
    @Test("A table lines up its columns; what is not there is a dash; nothing commands the terminal")
    func table() {
        let items: [DocumentValue] = [
            ["name": .text("a"), "count": .integer(12), "list": .list([.text("x"), .text("y")])],
            ["name": .text("long \u{1b}[31mname\u{202e}"), "count": .null],
        ]
        let expected = """
            NAME           COUNT  LIST
            a              12     x, y
            long [31mname  -      -
            """
        #expect(Table.list(items, columns: ["name", "count", "list"]) == expected)
        #expect(Table.list([], columns: ["name"]) == "none")
    }

    @Test(
        "Where a terminal is too narrow for a table each object has a paragraph; characters of two columns count as two"
    )
    func narrow() {
        let items: [DocumentValue] = [
            ["domain": .text("例え.example"), "tls": .text("required")],
            ["domain": .text("a.example"), "tls": .text("optional")],
        ]
        let table = """
            DOMAIN        TLS
            例え.example  required
            a.example     optional
            """
        #expect(Table.list(items, columns: ["domain", "tls"]) == table)
        #expect(Table.list(items, columns: ["domain", "tls"], limit: 22) == table)
        let paragraphs = """
            domain  例え.example
            tls     required

            domain  a.example
            tls     optional
            """
        #expect(Table.list(items, columns: ["domain", "tls"], limit: 21) == paragraphs)
    }

    @Test("The dialback secrets are shown by their ids, with their ends; a passphrase says where it is replaced")
    func dialbackSecrets() {
        let secrets: [DocumentValue] = [
            [
                "id": .text("7f3a9c01"), "state": .text("current"), "created-at": .text("2025-11-21T05:20:00.000Z"),
                "ends-at": .null,
            ],
            [
                "id": .text("1b2c3d4e"), "state": .text("previous"), "created-at": .text("2025-11-20T05:20:00.000Z"),
                "ends-at": .text("2025-11-21T06:20:00.000Z"),
            ],
        ]
        let expected = """
            ID        STATE     CREATED-AT                ENDS-AT
            7f3a9c01  current   2025-11-21T05:20:00.000Z  -
            1b2c3d4e  previous  2025-11-20T05:20:00.000Z  2025-11-21T06:20:00.000Z
            A replaced secret stays valid for 3600 s.
            It is replaced every 86400 s.
            """
        let status: DocumentValue = [
            "secrets": .list(secrets), "overlap-seconds": .integer(3600), "rotates-after-seconds": .integer(86_400),
            "passphrase": .flag(false),
        ]
        #expect(DialbackCommand.text(of: status) == expected)
        let passphrase: DocumentValue = [
            "secrets": .list([]), "overlap-seconds": .integer(3600), "rotates-after-seconds": .null,
            "passphrase": .flag(true),
        ]
        let text = DialbackCommand.text(of: passphrase)
        #expect(text.hasSuffix("The secret is a passphrase; it is replaced in the files it was given in."))
    }

    static let values: [DocumentValue] = [
        .null, .flag(true), .integer(-7), .text(""), .text("true"), .text("12"), .text("*"), .text("null"),
        .text("a: b # c"),
        .text("“é”\n\t\u{1}"), .text("no"), .list([]), .object([]), .list([.null, .list([.integer(1)])]),
        .object([.init("z", .text("~")), .init("a", .object([.init("b", .flag(false))]))]),
    ]

    @Test("What is written as YAML is read as the same, in the same order; JSON is YAML", arguments: values)
    func yaml(_ value: DocumentValue) throws {
        let document = DocumentValue.object([.init("value", value)])
        #expect(try YAMLDocument.read(try YAMLDocument.write(document), path: "test") == document)
        #expect(try YAMLDocument.read(document.json(isIndented: true), path: "test") == document)
        #expect(try YAMLDocument.read(document.json(), path: "test") == document)
    }

    static let badDocuments = [
        ("a: [", "line 2, column 1"), ("b:\n? [1]\n: 2", "line 2, column 3: a name of a field is not text"),
        ("tls: required\nsasl: optional\ntls: optional\n", "“tls” is there twice"),
    ]

    @Test("YAML that is none, or holds what is not taken, is refused with its place", arguments: badDocuments)
    func badYAML(_ text: String, _ says: String) {
        let error = #expect(throws: ClientError.self) { try YAMLDocument.read(text, path: "x.yaml") }
        let words = error?.description ?? ""
        #expect(words.hasPrefix("I cannot use x.yaml: ") && words.contains(says), "\(words)")
        #expect(!words.contains("\n"), "one line")
    }

    @Test("A mistake in a file of a configuration is told with its line: of the field, of the object, or of neither")
    func places() {
        let file = """
            settings:
              connection-limit: 0
            partners:
              - domain: A.example
                tls: perhaps
              - domain: b.example
            routes:
              - next-hop: x
              - next-hop: y
            """
        let mistakes: [(object: String, field: String, expected: String)] = [
            ("settings", "connection-limit", "line 2, settings"),
            ("partner A.example", "tls", "line 5, partner A.example"),
            ("partner a.example", "sasl", "line 4, partner a.example"),
            ("partner b.example", "domain", "line 6, partner b.example"), ("route", "domain", "route"),
        ]
        let found = mistakes.map { mistake -> DocumentValue in
            ["object": .text(mistake.object), "field": .text(mistake.field)]
        }
        let refusal = Refusal(status: 422, ["title": .text("x"), "mistakes": .list(found)])
        let located = YAMLPlaces(file).located(refusal).mistakes
        #expect(located.compactMap { $0["object"]?.text } == mistakes.map(\.expected))
        #expect(YAMLPlaces("a: [").located(refusal) == refusal)
    }

    @Test("The address and the token come from the option, the environment, or the nearest .isthmus/env, in this order")
    func surroundings() throws {
        let scratch = try Scratch("surroundings")
        try scratch.write("one\n", to: "one")
        try scratch.write("two", to: "two")
        try scratch.write(
            "# made by make up\nISTHMUS_API=http://127.0.0.1:1111\nexport ISTHMUS_TOKEN_FILE=\"\(scratch.file("one").path)\"\n",
            to: ".isthmus/env"
        )
        let below = scratch.file("a/b")
        try FileManager.default.createDirectory(at: below, withIntermediateDirectories: true)
        let file = Surroundings(environment: [:], folder: below)
        #expect(try file.endpoint(nil).absoluteString == "http://127.0.0.1:1111")
        #expect(try file.token(nil).text == "one")
        let environment = Surroundings(
            environment: ["ISTHMUS_API": "policy:8080", "ISTHMUS_TOKEN_FILE": scratch.file("two").path],
            folder: below
        )
        #expect(try environment.endpoint(nil).absoluteString == "http://policy:8080")
        #expect(try environment.token(nil).text == "two")
        #expect(try environment.endpoint("https://other/").absoluteString == "https://other")
        #expect(try environment.token(scratch.file("one").path).text == "one")
        let nothing = Surroundings(environment: [:], folder: URL(filePath: "/"))
        #expect(try nothing.endpoint(nil).absoluteString == "http://127.0.0.1:8080")
        #expect(throws: ClientError.self) { try nothing.token(nil) }
    }
}
