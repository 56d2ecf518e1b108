import Foundation
import TestSupport
import Testing

@Suite("isthmusctl in a shell", .serialized)
struct ShellTests {
    let gateway: CommandLineGateway

    init() async throws { self.gateway = try await CommandLineGateway() }

    /// Runs a line of bash in which `isthmusctl` is the program.
    private func bash(_ line: String) async throws -> (status: Int32, output: String) {
        try await self.gateway.shell("isthmusctl() { \"$ISTHMUSCTL\" \"$@\"; }; \(line)")
    }

    @Test("Tab completes commands, options, the words of an option, and the names of what this gateway has")
    func completion() async throws {
        _ = try await self.gateway.run("partner", "add", "one.example", "--sasl", "optional")
        _ = try await self.gateway.run("partner", "add", "two.example", "--sasl", "optional")
        let cases = [
            (["isthmusctl", "part"], "partner"), (["isthmusctl", "partner", "sh"], "show"),
            (["isthmusctl", "partner", "add", "x.example", "--partner-t"], "--partner-type"),
            (["isthmusctl", "partner", "add", "x.example", "--partner-type", "fed"], "federated"),
            (["isthmusctl", "partner", "show", "tw"], "two.example"),
            (["isthmusctl", "partner", "list", "--output", "ya"], "yaml"),
            (["isthmusctl", "guide", "pro"], "prosody"),
        ]
        var script =
            "PATH=\"$(dirname \"$ISTHMUSCTL\"):$PATH\"; unset -f isthmusctl; compopt() { :; }; source <(isthmusctl completion bash)\n"
        for (words, _) in cases {
            let line = words.joined(separator: " ")
            script += """
                COMPREPLY=(); COMP_WORDS=(\(words.map { "'\($0)'" }.joined(separator: " "))); COMP_CWORD=\(words.count - 1)
                COMP_LINE='\(line)'; COMP_POINT=\(line.utf8.count)
                _isthmusctl isthmusctl '\(words.last ?? "")' '\(words.dropLast().last ?? "")'; echo "${COMPREPLY[*]}"

                """
        }
        let completed = try await self.bash(script)
        #expect(
            completed.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) } == cases.map(\.1),
            "\(completed.output)"
        )
        for shell in ["bash", "zsh", "fish"] {
            #expect(try await self.gateway.run("completion", shell).output.contains("isthmusctl"))
        }
    }

    /// A route to where nobody listens: its test is done at once.
    private func addRoute() async throws {
        let route = "{id: r1, domain: sip.example, next-hop: 127.0.0.1, port: 1, transport: tcp}"
        let added = try await self.bash(
            "isthmusctl apply -f <(printf 'domains: [{domain: sip.example}]\\nroutes: [\(route)]\\n')"
        )
        #expect(added.status == 0, "\(added.output)")
    }

    @Test("A pipe that is closed ends it without a word; what a job gets has no progress and no colours")
    func pipes() async throws {
        try await self.addRoute()
        let head = try await self.bash("isthmusctl settings show | head -n 1; isthmusctl config show 1 | head -n 1")
        #expect(!head.output.contains("Fatal") && !head.output.contains("roken pipe"), "\(head.output)")
        let test = try await self.bash("isthmusctl test route r1")
        #expect(!test.output.contains("Testing") && !test.output.contains("\u{1b}"), "\(test.output)")
    }

    @Test("At a terminal it says what it waits for, and fits its tables to the width")
    func terminal() async throws {
        _ = try await self.gateway.run("host", "add", "a-server-with-a-rather-long-name.example.com")
        let wide = try await self.bash("script -qec 'stty cols 120; '$ISTHMUSCTL' host list' /dev/null")
        #expect(wide.output.contains("HOST  ") && wide.output.contains("OUTBOUND-ONLY"), "\(wide.output)")
        let narrow = try await self.bash("script -qec 'stty cols 60; '$ISTHMUSCTL' host list' /dev/null")
        #expect(
            narrow.output.contains("treat-as-authenticated  true") && !narrow.output.contains("HOST"),
            "\(narrow.output)"
        )
        try await self.addRoute()
        let test = try await self.bash("script -qec '$ISTHMUSCTL test route r1' /dev/null")
        #expect(test.output.contains("Testing the route r1 …"), "\(test.output)")
    }

    static let mistakes: [(line: String, status: Int32, says: [String])] = [
        ("isthmusctl partnr list", 64, ["Did you mean `isthmusctl partner`?"]),
        ("isthmusctl partner lst", 64, ["Did you mean `isthmusctl partner list`?"]),
        ("isthmusctl frobnicate", 64, ["There is no `isthmusctl frobnicate`. There are apply, audit", "token"]),
        ("isthmusctl partner add a.example --tsl required", 64, ["--tsl"]),
        ("isthmusctl partner add a.example --tls", 64, ["--tls"]),
        ("isthmusctl partner add a.example --tls perhaps", 1, ["tls “perhaps”", "required, optional, not-supported"]),
        ("isthmusctl partner add a.example --dialback perhaps", 64, ["perhaps"]),
        ("isthmusctl partner add", 64, ["domain"]), ("isthmusctl partner list -o xml", 64, ["xml", "table", "yaml"]),
        ("isthmusctl partner show a.example", 1, ["there is no partner a.example.", "isthmusctl partner list"]),
        ("isthmusctl user set a@b.example --home sip", 1, ["isthmusctl user add a@b.example"]),
        ("isthmusctl apply -f /nonexistent", 1, ["I cannot read /nonexistent"]),
        ("isthmusctl apply -f <(printf 'a: [')", 1, ["I cannot use", "line 2, column 1"]),
        (
            "printf 'partners:\\n- domain: a.example\\n  tsl: x\\n' | isthmusctl apply -f -", 1,
            ["line 3, partner a.example: tsl", "fields are"]
        ),
        ("printf '\\xff' | isthmusctl user import -", 1, ["UTF-8"]),
        ("isthmusctl status --api http://127.0.0.1:1", 1, ["I cannot reach policy-service", "Is it running?"]),
        ("isthmusctl refusal list --since yesterday", 1, ["since", "2026-01-31T12:00:00Z"]),
        ("isthmusctl refusal list --reason nonsense", 1, ["unknown-partner"]),
        ("isthmusctl config show 99", 1, ["there is no version 99"]),
        ("isthmusctl policy show nowhere.example", 1, ["there is no domain nowhere.example."]),
        ("isthmusctl settings set --remove-blocked-domain a.example", 1, ["is not among the blocked-domains"]),
        ("isthmusctl audit show 99", 1, ["there is no entry 99"]),
        ("isthmusctl refusal show 99", 1, ["there is no refusal 99"]),
        ("isthmusctl backup verify /etc/hostname", 1, ["I cannot use /etc/hostname: it is no backup"]),
        ("isthmusctl domain add 'exa mple'", 1, ["domain “exa mple”"]),
    ]

    @Test(
        "Wrong input of every kind is answered in words, with what would be right, and a status that says whose fault it is"
    )
    func mistakes() async throws {
        for (line, status, says) in Self.mistakes {
            let answer = try await self.bash(line)
            #expect(answer.status == status, "\(line): \(answer.status) \(answer.output)")
            for words in says { #expect(answer.output.contains(words), "\(line): “\(words)” in \(answer.output)") }
        }
        #expect(try await self.gateway.run("status").output.contains("domains=0"), "nothing was done")
    }

    @Test("Names beyond ASCII are taken as people write them, and kept as DNS has them")
    func international() async throws {
        let added = try await self.bash("isthmusctl domain add MÜNCHEN.example")
        #expect(added.status == 0, "\(added.output)")
        #expect(added.output.contains("+ domain xn--mnchen-3ya.example"))
        for line in [
            "isthmusctl domain show münchen.example", "isthmusctl user add jürgen@münchen.example",
            "isthmusctl user show jürgen@xn--mnchen-3ya.example",
            "isthmusctl partner add straße.example --sasl optional",
            "printf 'hosts:\\n- host: köln.example\\n' | isthmusctl apply -f - && isthmusctl host show xn--kln-sna.example",
            "isthmusctl settings set --add-blocked-domain 'inbound:*.köln.example'",
        ] {
            let answer = try await self.bash(line)
            #expect(answer.status == 0, "\(line): \(answer.output)")
        }
        let explained = try await self.bash("isthmusctl explain --from a@straße.example --to jürgen@münchen.example")
        #expect(explained.status == 2 && explained.output.contains("user-not-enabled"), "\(explained.output)")
    }

    @Test("Refusals are followed as they happen; a settings list is added to and taken from")
    func follow() async throws {
        let set = try await self.bash(
            "isthmusctl settings set --add-blocked-domain 'inbound:*.bad.example' --add-blocked-domain worse.example -o json"
        )
        #expect(set.output.contains("\"version\": 1"), "\(set.output)")
        let again = try await self.bash("isthmusctl settings set --remove-blocked-domain worse.example")
        #expect(again.output.contains("blocked-domains: inbound:*.bad.example, worse.example → inbound:*.bad.example"))
        let none = try await self.bash("timeout 1 $ISTHMUSCTL refusal follow; echo $?")
        #expect(none.output == "124\n" || none.output.hasSuffix("\n124\n"), "\(none.output)")
    }

    @Test("The version is told, and a created object's name to programs")
    func programs() async throws {
        #expect(try await self.bash("isthmusctl --version").output.hasPrefix("isthmusctl 0."))
        _ = try await self.gateway.run("domain", "add", "sip.example")
        let added = try await self.bash("isthmusctl route add sip.example --next-hop 192.0.2.1 --transport tcp -o json")
        #expect(added.output.contains("\"id\": \"r2\""), "\(added.output)")
    }
}
