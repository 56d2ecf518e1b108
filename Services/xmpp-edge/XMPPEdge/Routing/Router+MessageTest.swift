import Bus
import Directory
import Messaging
import Policy
import ServiceKit
import Wire

/// Messages that an administrator has sent to see whether they arrive (`test im`): they go the way of every message of a contact.
extension Router {
    /// Tests at the same time; policy-service asks for one after the other.
    private static let simultaneousTests = 16

    /// Hands a message of a contact to the sip-edge of its conversation, and waits for what becomes of it.
    func test(_ test: MessageTest) async -> MessageTestResult {
        guard self.messageTests.count < Self.simultaneousTests else {
            return MessageTestResult(
                failure: DeliveryFailure(.resourceConstraint, reason: .queueFull, text: "there are too many tests")
            )
        }
        let text = InstantMessage(kind: .chat, body: [LocalizedText(test.text)], originID: test.id.rawValue)
        let message = NeutralMessage(
            id: test.id,
            from: test.from,
            to: test.to,
            sentAt: WallClock.milliseconds(),
            content: .instantMessage(text)
        )
        switch self.dispatch(message, self.decide(message)) {
        case .failure(let failure): return MessageTestResult(failure: failure)
        case .success(let dispatched):
            return await withCheckedContinuation { continuation in
                self.messageTests[dispatched.number] = { failure in
                    continuation.resume(returning: MessageTestResult(through: dispatched.edge, failure: failure))
                }
            }
        }
    }

    /// What a sip-edge said to a message that is no peer's.
    func testAnswered(_ number: UInt64, _ result: Result<Taken, DeliveryFailure>) {
        guard let end = self.messageTests.removeValue(forKey: number) else { return }
        switch result {
        case .success: end(nil)
        case .failure(let failure): end(failure)
        }
    }
}
