import Testing

@testable import CertService

/// The life of an order as transcripts: what happens, and what is done about it.
@Suite("The life of an order")
struct OrderMachineTests {
    typealias Line = (event: OrderMachine.Event, actions: [OrderMachine.Action])

    static let names = ["contoso.test", "sip.contoso.test"]
    static let http = ACMEChallenge(kind: .http, name: "contoso.test", address: "c/1", token: "t1")
    static let dns = ACMEChallenge(kind: .dns, name: "contoso.test", address: "c/2", token: "t2")
    static let second = ACMEChallenge(kind: .http, name: "sip.contoso.test", address: "c/3", token: "t3")

    static func order(
        _ status: ACMEOrder.Status,
        _ problem: ACMEProblem? = nil,
        retryAfter: Int64? = nil
    ) -> ACMEOrder {
        ACMEOrder(
            address: "o",
            status: status,
            authorizations: ["a/1", "a/2"],
            finalize: "f",
            certificate: status == .valid ? "cert" : nil,
            problem: problem,
            retryAfter: retryAfter
        )
    }

    static func authorization(
        _ status: ACMEAuthorization.Status,
        _ challenges: [ACMEChallenge],
        retryAfter: Int64? = nil
    ) -> ACMEAuthorization {
        ACMEAuthorization(
            name: challenges.first?.name ?? "contoso.test",
            status: status,
            challenges: challenges,
            retryAfter: retryAfter
        )
    }

    static func machine(_ preference: [ChallengeKind] = [.http, .dns], replaces: String? = nil) -> OrderMachine {
        OrderMachine(names: Self.names, preference: preference, replaces: replaces)
    }

    /// From the order to the end of what has to be proven.
    static let proven: [Line] = [
        (.begin, [.createOrder(names: names, replaces: nil)]),
        (.order(order(.pending)), [.fetchAuthorization("a/1")]),
        (.authorization(authorization(.pending, [dns, http])), [.prepare(http)]),
        (.prepared, [.answer(http)]),
        (.answered, [.wait(1)]),
        (.timeUp, [.fetchAuthorization("a/1")]),
        (.authorization(authorization(.pending, [http], retryAfter: 5)), [.wait(5)]),
        (.timeUp, [.fetchAuthorization("a/1")]),
        (.authorization(authorization(.valid, [http])), [.remove(answered(http)), .fetchAuthorization("a/2")]),
        // The CA knows this one from another order.
        (.authorization(authorization(.valid, [second])), [.fetchOrder("o")]),
    ]

    static func answered(_ challenge: ACMEChallenge) -> ACMEChallenge {
        var challenge = challenge
        challenge.isAnswered = true
        return challenge
    }

    private func play(_ lines: [Line], _ machine: inout OrderMachine) {
        for (number, line) in lines.enumerated() {
            let actions = machine.handle(line.event)
            #expect(actions == line.actions, "line \(number + 1): \(line.event)")
        }
    }

    @Test("From the names to the certificate in use, one proof after the other")
    func journey() {
        var machine = Self.machine()
        self.play(
            Self.proven + [
                (.order(Self.order(.ready)), [.finalize("f")]),
                (.order(Self.order(.processing, retryAfter: 3)), [.wait(3)]),
                (.timeUp, [.fetchOrder("o")]),
                (.order(Self.order(.valid)), [.download("cert")]),
                (.certificate([1, 2]), [.install([1, 2])]),
                (.installed, []),
                (.begin, []),
            ],
            &machine
        )
        #expect(machine.step == .done && machine.progress == "issued")
    }

    @Test("A CA that is slow to notice that all is proven is asked again, with growing pauses, and not for ever")
    func slowCA() {
        var machine = Self.machine()
        self.play(Self.proven, &machine)
        var pauses: [Int64] = []
        while true {
            let actions = machine.handle(.order(Self.order(.pending)))
            guard case .wait(let seconds)? = actions.first else {
                #expect(actions == [.pause(60)])
                break
            }
            pauses.append(seconds)
            #expect(machine.handle(.timeUp) == [.fetchOrder("o")])
        }
        #expect(pauses.prefix(6) == [1, 2, 4, 8, 16, 30] && pauses.count == OrderMachine.maximumPolls)
        #expect(machine.problem?.type == "tooSlow" && machine.order != nil)
    }

    @Test(
        "What the CA objects to is kept in its own words, the proof goes, and the next attempt begins with a new order"
    )
    func refused() {
        var machine = Self.machine()
        self.play(Array(Self.proven.prefix(6)), &machine)
        var failed = Self.http
        failed.problem = ACMEProblem("connection", "10.0.0.1: Connection refused")
        let answer = OrderMachine.Event.authorization(Self.authorization(.invalid, [Self.dns, failed]))
        #expect(machine.handle(answer) == [.remove(Self.answered(Self.http)), .pause(3600)])
        #expect(machine.problem?.detail == "contoso.test: 10.0.0.1: Connection refused")
        #expect(machine.progress == "waiting for the next attempt")
        #expect(machine.handle(.begin) == [.createOrder(names: Self.names, replaces: nil)])
        #expect(machine.handle(.failed(ACMEProblem("rejectedIdentifier", "No."))) == [.pause(7200)])
        #expect(machine.failures == 2)
    }

    static let problems: [(ACMEProblem, pause: Int64, keepsOrder: Bool)] = [
        (.unreachable("gone"), 60, true),
        (ACMEProblem("serverInternal", "later", retryAfter: 600), 600, true),
        (ACMEProblem("rateLimited", "too many certificates", retryAfter: 7200), 7200, true),
        (ACMEProblem("rateLimited", "too many certificates"), 3600, true),
        (ACMEProblem("rateLimited", "come next year", retryAfter: 40_000_000), 7 * 86_400, true),
        (ACMEProblem("badCSR", "no"), 3600, false),
        (.notUsable("it does not chain"), 3600, true),
    ]

    @Test("A problem says by its type how long to wait, and whether the order is of use still", arguments: problems)
    func classes(_ problem: ACMEProblem, _ pause: Int64, _ keepsOrder: Bool) {
        var machine = Self.machine()
        self.play(Self.proven, &machine)
        #expect(machine.handle(.failed(problem)) == [.pause(pause)])
        let again: OrderMachine.Action =
            keepsOrder ? .fetchOrder("o") : .createOrder(names: Self.names, replaces: nil)
        #expect(machine.handle(.begin) == [again])
    }

    @Test("Pauses grow with each failure, up to a bound")
    func backOff() {
        let pauses = (1...12).map { ACMEProblem.unreachable("").pause(failures: $0) }
        #expect(pauses.prefix(4) == [60, 120, 240, 480] && pauses.last == 6 * 3600)
        #expect(ACMEProblem("badCSR", "").pause(failures: 99) == 86_400)
    }

    @Test("The preferred way of those that the CA offers is taken; where there is none, that is said")
    func choice() {
        let both = OrderMachine.Event.authorization(Self.authorization(.pending, [Self.http, Self.dns]))
        for (preference, chosen) in [([ChallengeKind.dns, .http], Self.dns), ([.http], Self.http)] {
            var machine = Self.machine(preference)
            self.play(Array(Self.proven.prefix(2)), &machine)
            #expect(machine.handle(both) == [.prepare(chosen)])
        }
        var machine = Self.machine([.http])
        self.play(Array(Self.proven.prefix(2)), &machine)
        #expect(machine.handle(.authorization(Self.authorization(.pending, [Self.dns]))) == [.pause(3600)])
        #expect(machine.problem?.detail.contains("the CA offers dns-01, open here is http-01") == true)
    }

    @Test("A certificate that is renewed is named to the CA, and no longer when the CA does not want that")
    func replaces() {
        var machine = Self.machine(replaces: "aki.serial")
        #expect(machine.handle(.begin) == [.createOrder(names: Self.names, replaces: "aki.serial")])
        #expect(machine.handle(.failed(ACMEProblem("alreadyReplaced", "done"))) == [.pause(0)])
        #expect(machine.handle(.begin) == [.createOrder(names: Self.names, replaces: nil)])
    }

    /// After how many lines of the whole journey the process is killed, and what the next one begins with.
    static let interruptions: [(lines: Int, actions: [OrderMachine.Action])] = [
        (1, [.createOrder(names: names, replaces: nil)]), (2, [.fetchOrder("o")]),
        (3, [.remove(http), .fetchOrder("o")]), (4, [.remove(http), .fetchOrder("o")]),
        (5, [.remove(answered(http)), .fetchOrder("o")]), (9, [.fetchOrder("o")]), (10, [.fetchOrder("o")]),
    ]

    @Test("After a restart it goes on where the CA is, wherever it was broken off", arguments: interruptions)
    func restart(_ lines: Int, _ actions: [OrderMachine.Action]) {
        var machine = Self.machine()
        self.play(Array(Self.proven.prefix(lines)), &machine)
        #expect(machine.handle(.begin) == actions)
    }

    @Test("What the CA did not find while the process was away is no refusal: it is asked again at once, and once")
    func interrupted() {
        var failed = Self.http
        failed.problem = ACMEProblem("connection", "refused")
        let invalid = OrderMachine.Event.authorization(Self.authorization(.invalid, [failed]))
        for event in [OrderMachine.Event.order(Self.order(.invalid)), invalid] {
            var machine = Self.machine()
            self.play(Array(Self.proven.prefix(5)), &machine)
            #expect(machine.handle(.begin) == [.remove(Self.answered(Self.http)), .fetchOrder("o")])
            if event == invalid { _ = machine.handle(.order(Self.order(.pending))) }
            #expect(machine.handle(event) == [.createOrder(names: Self.names, replaces: nil)])
            #expect(machine.failures == 0)
            _ = machine.handle(.order(Self.order(.pending)))
            #expect(machine.handle(invalid) == [.pause(3600)])
        }
    }

    @Test("A proof that the CA was told of before the restart is put in its place again, and not told of twice")
    func answeredBefore() {
        var machine = Self.machine()
        let known = Self.answered(Self.http)
        self.play(
            [
                (.begin, [.createOrder(names: Self.names, replaces: nil)]),
                (.order(Self.order(.pending)), [.fetchAuthorization("a/1")]),
                (.authorization(Self.authorization(.pending, [known])), [.prepare(known)]),
                (.prepared, [.wait(1)]),
                (.timeUp, [.fetchAuthorization("a/1")]),
            ],
            &machine
        )
    }

    static let states: [(ACMEOrder, [OrderMachine.Action])] = [
        (order(.ready), [.finalize("f")]), (order(.processing), [.wait(1)]), (order(.valid), [.download("cert")]),
        (order(.invalid, ACMEProblem("unauthorized", "expired")), [.pause(3600)]),
    ]

    @Test("After a restart the order may be in any state", arguments: states)
    func resumed(_ order: ACMEOrder, _ actions: [OrderMachine.Action]) {
        var machine = Self.machine()
        self.play(Self.proven, &machine)
        _ = machine.handle(.begin)
        #expect(machine.handle(.order(order)) == actions)
    }

    @Test("What comes too late changes nothing")
    func late() {
        var machine = Self.machine()
        _ = machine.handle(.begin)
        for event in [OrderMachine.Event.prepared, .answered, .timeUp, .certificate([1]), .installed] {
            #expect(machine.handle(event) == [])
        }
        #expect(machine.handle(.authorization(Self.authorization(.valid, [Self.http]))) == [])
        #expect(machine.step == .ordering)
    }
}
