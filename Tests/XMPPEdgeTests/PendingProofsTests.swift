import DNS
import NIOCore
import NetworkKit
import Testing

@testable import XMPPEdge

@Suite("Lookups for the certificates of connecting peers")
struct PendingProofsTests {
    private typealias Pending = PendingProofs<Int>
    private let now = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test("One lookup for a domain, whose answer is for all who wait; then another")
    func together() {
        var pending = Pending(ProofLimits())
        #expect(pending.request("a.example", from: "1", for: 1, at: self.now) == .lookUp)
        #expect(pending.request("a.example", from: "2", for: 2, at: self.now) == .wait)
        #expect(pending.request("b.example", from: "1", for: 3, at: self.now) == .lookUp)
        #expect(pending.count == 2)
        #expect(pending.finished("a.example", nil, at: self.now) == [1, 2])
        #expect(pending.finished("a.example", nil, at: self.now).isEmpty)
        #expect(pending.request("a.example", from: "1", for: 4, at: self.now) == .lookUp)
        #expect(pending.finished("b.example", .unsigned, at: self.now) == [3])
    }

    @Test("No more domains at once than the limit; who asks about one of them waits all the same")
    func domains() {
        var pending = Pending(ProofLimits(domains: 2))
        #expect(pending.request("a.example", from: "1", for: 1, at: self.now) == .lookUp)
        #expect(pending.request("b.example", from: "2", for: 2, at: self.now) == .lookUp)
        #expect(pending.request("c.example", from: "3", for: 3, at: self.now) == .answer(.tooMany))
        #expect(pending.request("b.example", from: "3", for: 3, at: self.now) == .wait)
        #expect(pending.finished("a.example", .timedOut, at: self.now) == [1])
        #expect(pending.request("c.example", from: "3", for: 3, at: self.now) == .lookUp)
    }

    @Test("One address takes no more than its share, and has it back with the answers")
    func addresses() {
        var pending = Pending(ProofLimits(perAddress: 2))
        #expect(pending.request("a.example", from: "1", for: 1, at: self.now) == .lookUp)
        #expect(pending.request("a.example", from: "1", for: 2, at: self.now) == .wait)
        #expect(pending.request("a.example", from: "1", for: 3, at: self.now) == .answer(.tooManyFromAddress))
        #expect(pending.request("b.example", from: "2", for: 4, at: self.now) == .lookUp)
        #expect(pending.finished("a.example", nil, at: self.now) == [1, 2])
        #expect(pending.request("c.example", from: "1", for: 5, at: self.now) == .lookUp)
    }

    @Test("A domain without proof is answered from memory for a while, with its reason; then it is looked up again")
    func memory() {
        var pending = Pending(ProofLimits())
        _ = pending.request("a.example", from: "1", for: 1, at: self.now)
        let failure = ProofFailure.lookup(.lookup(.bogus("signature expired")))
        #expect(pending.finished("a.example", failure, at: self.now) == [1])
        #expect(pending.request("a.example", from: "1", for: 2, at: self.now) == .answer(.recent(failure)))
        #expect("\(ProofFailure.recent(failure))".contains("DNSSEC validation: signature expired, a moment ago"))
        #expect(pending.request("a.example", from: "1", for: 2, at: self.now + .seconds(1)) == .lookUp)
        _ = pending.finished("a.example", .unsigned, at: self.now + .seconds(1))
        pending.forgetFailures()
        #expect(pending.request("a.example", from: "1", for: 3, at: self.now + .seconds(1)) == .lookUp)
    }

    @Test("A flood of made-up domains takes no more room than it has")
    func bounded() {
        var pending = Pending(ProofLimits(domains: 16, perAddress: 4, failures: 100))
        for number in 0..<20_000 {
            let domain = "\(number).example"
            guard case .lookUp = pending.request(domain, from: "\(number % 7)", for: number, at: self.now) else {
                continue
            }
            if pending.count == 16 { _ = pending.finished(domain, .unsigned, at: self.now) }
        }
        #expect(pending.count <= 16)
        #expect(pending.remembered <= 100)
    }
}
