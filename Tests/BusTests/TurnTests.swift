import Testing

@testable import Bus

@Suite("The turn at the sockets")
struct TurnTests {
    @Test("Nobody can take the turn that the bus thread has not lent, or that another has")
    func isLent() {
        let turn = Turn()
        #expect(turn.borrow { _ in true } == nil)
        #expect(turn.take { turn.borrow { _ in true } == nil })
    }
}
