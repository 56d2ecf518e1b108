import NIOCore
import Testing

@testable import Bus

@Suite("Messages whose fate is open")
struct OutstandingTrafficTests {
    @Test("What is lost with a connection comes in the order in which it was sent, whichever place in the table it had")
    func order() {
        var outstanding = OutstandingTraffic()
        let first = outstanding.insert(peer: 1, place: 1, deadline: .distantFuture)
        let second = outstanding.insert(peer: 1, place: 2, deadline: .distantFuture)
        let isRemoved = outstanding.remove(first, peer: 1)
        #expect(isRemoved)
        // It gets the place of the first.
        let third = outstanding.insert(peer: 1, place: 3, deadline: .distantFuture)
        let other = outstanding.insert(peer: 2, place: 1, deadline: .distantFuture)
        let lost = outstanding.removeAll(peer: 1, before: 1)
        #expect(lost.map(\.number) == [second, third])
        #expect(lost.map(\.place) == [2, 3])
        let isLeft = outstanding.remove(other, peer: 2)
        #expect(isLeft && outstanding.count == 0)
    }

    @Test("What was sent in a later life of the connection is not lost with an earlier one")
    func epochs() {
        var outstanding = OutstandingTraffic()
        let early = outstanding.insert(peer: 1, epoch: 3, place: 1, deadline: .distantFuture)
        let late = outstanding.insert(peer: 1, epoch: 4, place: 2, deadline: .distantFuture)
        var lost = outstanding.removeAll(peer: 1, before: 4)
        #expect(lost.map(\.number) == [early])
        lost = outstanding.removeAll(peer: 1, before: 5)
        #expect(lost.map(\.number) == [late])
    }
}
