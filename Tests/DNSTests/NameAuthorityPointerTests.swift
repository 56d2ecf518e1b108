import DNS
import Testing

@Suite("NAPTR records (RFC 3403 §4)")
struct NameAuthorityPointerTests {
    private static func data(_ flags: String, _ service: String, _ expression: String, _ name: [UInt8]) -> [UInt8] {
        [0, 50, 1, 2] + [flags, service, expression].flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + name
    }

    // _sips._tcp
    private static let name: [UInt8] = [5] + Array("_sips".utf8) + [4] + Array("_tcp".utf8) + [0]

    @Test("The data is read: flags in lower case, services in upper case")
    func read() {
        let record = NameAuthorityPointer(Self.data("S", "sips+d2t", "", Self.name))
        #expect(
            record
                == NameAuthorityPointer(
                    order: 50,
                    preference: 258,
                    flags: "s",
                    service: "SIPS+D2T",
                    replacement: "_sips._tcp"
                )
        )
        #expect(NameAuthorityPointer(Self.data("", "", "!^.*$!sip:x!", [0]))?.expression == "!^.*$!sip:x!")
    }

    @Test(
        "Damaged data is not",
        arguments: [
            [], [0, 50, 1], [0, 50, 1, 2], [0, 50, 1, 2, 1],  // no texts
            [0, 50, 1, 2, 5, 0x53, 0, 0, 0],  // a text longer than the data
            [0, 50, 1, 2, 0, 0],  // a text is missing
            [0, 50, 1, 2, 0, 0, 0],  // no name
            [0, 50, 1, 2, 1, 0x00, 0, 0, 0],  // NUL
            [0, 50, 1, 2, 1, 0xFF, 0, 0, 0],  // no ASCII
            [0, 50, 1, 2, 0, 0, 0, 0xC0, 0x04],  // compression
            [0, 50, 1, 2, 0, 0, 0, 1, 0x41],  // a name without end
            [0, 50, 1, 2, 0, 0, 0, 0, 0],  // bytes after the end
            [0, 50, 1, 2, 0, 0, 0, 1, 0x2E, 0],  // a dot in a label
        ] as [[UInt8]]
    )
    func damaged(_ bytes: [UInt8]) { #expect(NameAuthorityPointer(bytes) == nil) }

    @Test("Whatever is cut off, nothing is read beyond the end")
    func cut() {
        let whole = Self.data("s", "SIP+D2U", "", Self.name)
        for count in 0..<whole.count { #expect(NameAuthorityPointer(Array(whole.prefix(count))) == nil) }
    }
}
