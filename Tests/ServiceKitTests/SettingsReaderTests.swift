import Logging
import ServiceKit
import Testing

@Suite struct SettingsReaderTests {
    private enum Colour: String, CaseIterable { case red, green }

    @Test func `The environment wins over the file, and the file over the default`() {
        let yaml = "edge:\n  name: from-file\n  port: 5269\n"
        var reader = SettingsReader(SettingsSource(environment: ["ISTHMUS_EDGE_NAME": "from-environment"], yaml: yaml))
        let name = reader.string("edge.name", default: "default", hint: "")
        #expect(name == "from-environment")
        let port = reader.int("edge.port", default: 1, in: 1...65_535, hint: "")
        #expect(port == 5_269)
        let other = reader.string("edge.other", default: "default", hint: "")
        #expect(other == "default")
        let mistakes = reader.finish()
        #expect(mistakes.isEmpty)
    }

    @Test func `Every type is read`() {
        var reader = SettingsReader(
            SettingsSource(environment: [
                "ISTHMUS_T_BOOL": "yes", "ISTHMUS_T_DURATION": "5m", "ISTHMUS_T_LIST": "a, b,c",
                "ISTHMUS_T_ENDPOINT": "[::1]:53", "ISTHMUS_T_ENDPOINTS": "a:1,b:2", "ISTHMUS_T_CHOICE": "green",
                "ISTHMUS_T_DASHED_NAME": "x",
            ])
        )
        let flag = reader.bool("t.bool", default: false, hint: "")
        #expect(flag)
        let duration = reader.duration("t.duration", default: .seconds(1), hint: "")
        #expect(duration == .seconds(300))
        let list = reader.list("t.list", hint: "")
        #expect(list == ["a", "b", "c"])
        let endpoint = reader.endpoint("t.endpoint", default: nil, hint: "")
        #expect(endpoint == Endpoint(host: "::1", port: 53))
        let endpoints = reader.endpoints("t.endpoints", default: [], hint: "")
        #expect(endpoints.map(\.port) == [1, 2])
        let choice = reader.choice("t.choice", default: Colour.red, hint: "")
        #expect(choice == .green)
        let dashedName = reader.string("t.dashed-name", default: nil, hint: "")
        #expect(dashedName == "x")
        let none = reader.optionalString("t.none", hint: "")
        #expect(none == nil)
        let mistakes = reader.finish()
        #expect(mistakes.isEmpty)
    }

    @Test func `A list in the file is a list`() {
        var reader = SettingsReader(SettingsSource(environment: [:], yaml: "t:\n  list: [a, b]\n"))
        let list = reader.list("t.list", hint: "")
        #expect(list == ["a", "b"])
    }

    @Test func `All mistakes are reported at once, each with its variable, its value and what would be right`() {
        var reader = SettingsReader(
            SettingsSource(environment: [
                "ISTHMUS_T_PORT": "99999", "ISTHMUS_T_ON": "maybe", "ISTHMUS_T_WAIT": "5 years",
            ])
        )
        _ = reader.int("t.port", default: 5_269, in: 1...65_535, hint: "the port")
        _ = reader.bool("t.on", default: true, hint: "whether")
        _ = reader.duration("t.wait", default: .seconds(30), in: .seconds(1) ... .seconds(60), hint: "how long")
        _ = reader.string("t.required", default: nil, hint: "the name")
        let mistakes = reader.finish()
        #expect(
            mistakes.map(\.description) == [
                "ISTHMUS_T_PORT = 99999: not a number from 1 to 65535; the port; for example 5269",
                "ISTHMUS_T_ON = maybe: not true or false; whether; for example true",
                "ISTHMUS_T_WAIT = 5 years: not a time from 1s to 1m; how long; for example 30s",
                "ISTHMUS_T_REQUIRED: not set; set it to text: the name",
            ]
        )
    }

    @Test func `A setting that nobody knows is a mistake, in the environment and in the file`() {
        let yaml = "edge:\n  naem: x\n"
        let environment = ["ISTHMUS_EDGE_PROT": "1", "PATH": "/bin"]
        var reader = SettingsReader(SettingsSource(environment: environment, yaml: yaml))
        _ = reader.string("edge.name", default: "", hint: "")
        _ = reader.int("edge.port", default: 1, in: 1...9, hint: "")
        let mistakes = reader.finish()
        #expect(
            mistakes.map(\.description) == [
                "ISTHMUS_EDGE_PROT: no setting of this service; did you mean ISTHMUS_EDGE_PORT?",
                "edge.naem: no setting of this service; did you mean edge.name?",
            ]
        )
    }

    @Test func `A mistake in the file is reported under its key there`() {
        var reader = SettingsReader(SettingsSource(environment: [:], yaml: "edge:\n  port: many\n"))
        _ = reader.int("edge.port", default: 1, in: 1...9, hint: "the port")
        let mistakes = reader.finish()
        #expect(mistakes.map(\.place) == ["edge.port = many"])
    }

    @Test func `An empty variable is not set`() {
        var reader = SettingsReader(SettingsSource(environment: ["ISTHMUS_T_NAME": "", "ISTHMUS_OTHER": ""]))
        let name = reader.string("t.name", default: "default", hint: "")
        #expect(name == "default")
        let mistakes = reader.finish()
        #expect(mistakes.isEmpty)
    }

    @Test(arguments: ["- a\n- b\n", "edge: [[1]]\n", "{", "edge: [{a: 1}]\n"])
    func `A file that is none of settings is one mistake`(yaml: String) {
        var reader = SettingsReader(SettingsSource(environment: [:], yaml: yaml))
        let mistakes = reader.finish()
        #expect(mistakes.count == 1)
    }

    @Test func `A service can reject settings that contradict each other`() {
        var reader = SettingsReader(SettingsSource(environment: ["ISTHMUS_A_X": "1"]))
        _ = reader.string("a.x", default: nil, hint: "")
        reader.reject("a.x", problem: "does not go with a.y", hint: "set one of them")
        let mistakes = reader.finish()
        #expect(mistakes.map(\.description) == ["ISTHMUS_A_X = 1: does not go with a.y; set one of them"])
    }

    @Test func `Help lists every setting with its default and its hint`() {
        struct Sample: ServiceConfiguration {
            init(_ settings: inout SettingsReader) {
                _ = settings.int("edge.port", default: 5_269, in: 1...65_535, hint: "where streams come in")
                _ = settings.string("edge.domain", default: nil, hint: "what is served")
                _ = settings.secret("edge.key", hint: "the key")
            }
        }
        let help = SettingsHelp.text(service: "sample", version: "1.2.3", of: Sample.self)
        #expect(help.hasPrefix("sample 1.2.3"))
        #expect(
            help.contains(
                """
                  ISTHMUS_EDGE_PORT  (edge.port)
                      where streams come in
                      a number from 1 to 65535; default: 5269

                """
            )
        )
        #expect(help.contains("ISTHMUS_EDGE_DOMAIN  (edge.domain)\n      what is served\n      text; required"))
        #expect(help.contains("ISTHMUS_EDGE_KEY_FILE"))
        #expect(help.contains("ISTHMUS_ADMIN_LISTEN"))
    }
}
