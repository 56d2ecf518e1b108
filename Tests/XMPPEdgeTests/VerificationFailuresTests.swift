import NIOCore
import Testing
import XMPPCore

@testable import XMPPEdge

@Suite("The memory of domains whose keys could not be verified")
struct VerificationFailuresTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
    private let error = StanzaError(.remoteServerTimeout, text: "x")

    private func pair(_ domain: String) -> DomainPair { DomainPair(local: "sip.example", remote: domain) }

    @Test("The pause grows with each failure, and one success ends it")
    func pauses() {
        var failures = VerificationFailures(capacity: 10)
        var now = self.start
        for pause in [
            TimeAmount.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(16), .seconds(32), .seconds(60),
        ] {
            failures.failed(self.pair("a.example"), self.error, at: now)
            #expect(failures.answer(for: self.pair("a.example"), at: now + pause - .nanoseconds(1)) == self.error)
            #expect(failures.answer(for: self.pair("a.example"), at: now + pause) == nil)
            now = now + pause
        }
        failures.succeeded(self.pair("a.example"))
        failures.failed(self.pair("a.example"), self.error, at: now)
        #expect(failures.answer(for: self.pair("a.example"), at: now + .seconds(1)) == nil)
    }

    @Test("A quiet minute after the pause, a domain begins anew")
    func forgets() {
        var failures = VerificationFailures(capacity: 10)
        for _ in 0..<7 { failures.failed(self.pair("a.example"), self.error, at: self.start) }
        let later = self.start + .seconds(121)
        failures.failed(self.pair("b.example"), self.error, at: later)
        #expect(failures.count == 1)
        failures.failed(self.pair("a.example"), self.error, at: later)
        #expect(failures.answer(for: self.pair("a.example"), at: later + .seconds(1)) == nil)
    }

    @Test("A hundred thousand domains take no more room than it has; the latest are kept")
    func bounded() {
        var failures = VerificationFailures(capacity: 100)
        for number in 0..<100_000 {
            failures.failed(self.pair("\(number % 1000).example"), self.error, at: self.start)
            if number % 7 == 0 { failures.failed(self.pair("often.example"), self.error, at: self.start) }
        }
        #expect(failures.count == 100)
        #expect(failures.answer(for: self.pair("999.example"), at: self.start) == self.error)
        #expect(failures.answer(for: self.pair("often.example"), at: self.start) == self.error)
        #expect(failures.answer(for: self.pair("1.example"), at: self.start) == nil)
    }

    @Test(
        "An IPv6 subscriber is one source, whichever of its addresses it uses",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2::1", "20:1:d:b8:0:1:0:2"), ("2001:db8:1:2:ffff::9", "20:1:d:b8:0:1:0:2"),
        ]
    )
    func sources(address: String, source: String) { #expect(PendingVerifications.source(address) == source) }
}
