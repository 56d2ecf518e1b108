import Policy
import TestSupport
import Testing

@Suite("JSON as it is taken")
struct JSONReaderTests {
    static let good: [(String, DocumentValue)] = [
        ("null", .null), (" true\n", .flag(true)), ("[]", .list([])), ("{}", .object([])), ("-0", .integer(0)),
        ("-9223372036854775808", .integer(.min)), ("\u{feff}1", .integer(1)),
        (
            #"{"z":[1,{"a":false}],"b":"c"}"#,
            .object([
                .init("z", .list([.integer(1), .object([.init("a", .flag(false))])])), .init("b", .text("c")),
            ])
        ),
        (#""\"\\\/\b\f\n\r\t é😀""#, .text("\"\\/\u{8}\u{c}\n\r\t é😀")),
        (#""\u00e9\ud83d\ude00\u0000""#, .text("é😀\u{0}")),
    ]

    @Test("What is JSON is read, its members in their order, and written as the same", arguments: good)
    func reads(_ text: String, _ expected: DocumentValue) throws {
        let value = try DocumentValue(parsingJSON: Array(text.utf8))
        #expect(value == expected)
        #expect(try DocumentValue(parsingJSON: Array(value.json(isIndented: true).utf8)) == expected)
    }

    static let bad: [(String, String)] = [
        ("", "line 1, column 1: it is empty"), ("{\n  \"a\": 1,\n  \"a\": 2}", "line 3, column 3: “a” is there twice"),
        (#"{"a":1,}"#, "there is no name of a member"), (#"{"a" 1}"#, "the colon after “a” is missing"),
        (#"{"a":1 "b":2}"#, "a comma or the closing } is missing"), ("[1 2]", "a comma or the closing ] is missing"),
        ("[1", "a comma or the closing ] is missing"), (#"{"a":"#, "it ends too early"), ("[1,]", "there is no value"),
        ("1.5", "write a whole number"), ("1e3", "write a whole number"), ("01", "do not begin with one"),
        ("-", "a number is a 0"), ("9223372036854775808", "the number is too large"), ("nul", "there is no value"),
        ("{a:1}", "there is no name of a member"), ("'a'", "there is no value"), ("1 2", "there is more after the end"),
        ("\"a", "does not end"), ("\"a\nb\"", "a control character"), (#""\x""#, "there is no such escape"),
        (#""\ud83d""#, "half a character"), (#""\ude00""#, "half a character"), (#""\ud83dA""#, "half a character"),
        (#""\u12g4""#, "four hexadecimal digits"), (#""\u+123""#, "four hexadecimal digits"),
        ("\"\\", "no such escape"),
    ]

    @Test("What is none is refused by its place, in words", arguments: bad)
    func refuses(_ text: String, _ says: String) {
        let problem = #expect(throws: JSONProblem.self) { try DocumentValue(parsingJSON: Array(text.utf8)) }
        #expect(problem?.description.contains(says) == true, "\(String(describing: problem))")
    }

    @Test("Bytes that are no UTF-8, and depth without end, are refused")
    func bytes() {
        #expect(throws: JSONProblem.self) { try DocumentValue(parsingJSON: [0x22, 0xC3, 0x28, 0x22]) }
        #expect(throws: JSONProblem.self) {
            try DocumentValue(parsingJSON: Array(repeating: UInt8(ascii: "["), count: 1_000_000))
        }
    }

    @Test(
        "What a fuzzer once began with, or failed at, is read or refused; what is read is written and read as the same"
    )
    func corpus() throws {
        let inputs = try FuzzInputs.of("JSONDocuments")
        #expect(!inputs.isEmpty)
        for (name, bytes) in inputs {
            guard let value = try? DocumentValue(parsingJSON: bytes) else { continue }
            #expect(try DocumentValue(parsingJSON: Array(value.json().utf8)) == value, "\(name)")
        }
    }
}
