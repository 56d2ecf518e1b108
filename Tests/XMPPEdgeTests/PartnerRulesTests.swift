import Policy
import Testing
import XMPPCore

@testable import XMPPEdge

@Suite("What a partner's fields mean for its streams")
struct PartnerRulesTests {
    @Test("keep-alive=false: no white space is sent to that partner; others keep theirs", arguments: [true, false])
    func keepAliveSwitch(_ isOn: Bool) {
        var partner = Partner(domain: "example.org")
        #expect(StreamRules(partner).sendsKeepAlives, "the default")
        partner.keepAlive = isOn
        #expect(StreamRules(partner).sendsKeepAlives == isOn)
    }
}
