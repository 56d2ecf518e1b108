import ServiceKit
import Testing

@Suite struct SettingValueTests {
    @Test(arguments: [
        ("127.0.0.1:9090", Endpoint(host: "127.0.0.1", port: 9_090)), ("[::1]:0", Endpoint(host: "::1", port: 0)),
        ("policy-service:7101", Endpoint(host: "policy-service", port: 7_101)), (":9090", nil), ("host", nil),
        ("host:", nil), ("host:65536", nil), ("host:-1", nil), ("::1:80", nil), ("[host]:80", nil), ("ho st:80", nil),
        ("tcp://host:80", nil), ("", nil),
    ])
    func `An endpoint is a host and a port`(text: String, expected: Endpoint?) {
        #expect(Endpoint(text) == expected)
        if let expected { #expect(expected.description == text) }
    }

    @Test(arguments: [
        ("90", Duration.seconds(90)), ("250ms", .milliseconds(250)), ("5m", .seconds(300)), ("8h", .seconds(28_800)),
        ("30d", .seconds(2_592_000)), ("0", .zero), ("", nil), ("s", nil), ("-5s", nil), ("5 s", nil), ("1.5h", nil),
        ("9999999999999999999d", nil), ("9223372036854775807d", nil), ("٣s", nil),
    ])
    func `A time has a unit, or is in seconds`(text: String, expected: Duration?) {
        #expect(DurationText.parse(text) == expected)
    }

    @Test(arguments: [
        (Duration.seconds(300), "5m"), (.milliseconds(1_500), "1500ms"), (.seconds(90), "90s"), (.zero, "0s"),
    ])
    func `A time is written in its largest whole unit`(duration: Duration, text: String) {
        #expect(DurationText.format(duration) == text)
    }
}
