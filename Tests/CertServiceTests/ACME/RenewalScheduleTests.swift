import Foundation
import TestSupport
import Testing

@testable import CertService
@testable import TLS

@Suite("When a certificate of an ACME CA is renewed")
struct RenewalScheduleTests {
    static let day: Int64 = 86_400

    @Test("After two thirds of its life, up to a twentieth earlier by chance")
    func fraction() {
        let dates = [0.0, 1.0].map { chance in
            RenewalSchedule(notBefore: 0, notAfter: 90 * Self.day, chance: chance, now: 0).time
        }
        #expect(dates == [60 * Self.day, 60 * Self.day - 90 * Self.day / 20])
    }

    @Test("The CA's window goes before that; it is drawn from once, and one that is over means now")
    func window() {
        var schedule = RenewalSchedule(notBefore: 0, notAfter: 90 * Self.day, chance: 0, now: 0)
        let window = RenewalSchedule.Window(start: 10_000, end: 11_000)
        schedule.suggested(window, explanation: "https://ca.test/why", retryAfter: 3600, chance: 0.25, now: 10)
        #expect(
            schedule.time == 10_250 && schedule.nextQuestion == 3610 && schedule.explanation == "https://ca.test/why"
        )
        schedule.suggested(window, explanation: nil, retryAfter: 3600, chance: 0.9, now: 20)
        #expect(schedule.time == 10_250)
        #expect(!schedule.isDue(at: 10_249) && schedule.isDue(at: 10_250))
    }

    @Test("Neither a short life nor a suggestion of yesterday makes a CA be asked without end")
    func noLoop() {
        let old = RenewalSchedule(notBefore: 0, notAfter: 90 * Self.day, chance: 1, now: 80 * Self.day)
        #expect(old.time == 85 * Self.day)
        var hurried = RenewalSchedule(notBefore: 0, notAfter: 90 * Self.day, chance: 0, now: 1000)
        hurried.suggested(.init(start: 1, end: 2), explanation: nil, retryAfter: nil, chance: 0, now: 1000)
        #expect(hurried.time == 1000 + RenewalSchedule.shortestLife)
    }

    @Test("A window that ends before it begins is none")
    func badWindow() {
        var schedule = RenewalSchedule(notBefore: 0, notAfter: 90 * Self.day, chance: 0, now: 0)
        schedule.suggested(.init(start: 9, end: 9), explanation: "x", retryAfter: nil, chance: 0, now: 0)
        #expect(schedule.time == 60 * Self.day && schedule.explanation == nil)
    }

    @Test(
        "The CA says when it wants to be asked again, within bounds",
        arguments: [(nil, 6 * 3600), (1, 60), (7200, 7200), (9_999_999, 86_400)] as [(Int64?, Int64)]
    )
    func questions(_ retryAfter: Int64?, _ pause: Int64) {
        var schedule = RenewalSchedule(notBefore: 0, notAfter: 90 * Self.day, chance: 0, now: 0)
        schedule.notSuggested(retryAfter: retryAfter, now: 100)
        #expect(schedule.nextQuestion == 100 + pause)
    }

    /// The example of RFC 9773 §4.1, on a certificate that `openssl` makes.
    @Test("A certificate's identifier is that of the standard's example")
    func identifier() async throws {
        let scratch = try Scratch("ari")
        func file(_ name: String) -> String { scratch.file(name).path }
        let subject = "69:88:5B:6B:87:46:40:41:E1:B3:7B:84:7B:A0:AE:2C:DE:01:C8:D4"
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        try scratch.write("authorityKeyIdentifier=keyid:always\n", to: "ext")
        let commands = [
            ["req", "-x509"] + key + [
                "-subj", "/CN=ca", "-addext", "subjectKeyIdentifier=\(subject)", "-keyout", file("ca.key"), "-out",
                file("ca.pem"),
            ],
            ["req"] + key + ["-subj", "/CN=leaf", "-keyout", file("leaf.key"), "-out", file("leaf.csr")],
            [
                "x509", "-req", "-in", file("leaf.csr"), "-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-set_serial",
                "0x87654321", "-extfile", file("ext"), "-out", file("leaf.pem"),
            ],
        ]
        for command in commands {
            let made = try await ChildProcess.run("/usr/bin/openssl", command)
            #expect(made.status == 0, "\(made.output)")
        }
        let leaf = try Certificate.chain(pem: [UInt8](try Data(contentsOf: scratch.file("leaf.pem"))))[0]
        #expect(leaf.renewalIdentifier == "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE")
    }
}
