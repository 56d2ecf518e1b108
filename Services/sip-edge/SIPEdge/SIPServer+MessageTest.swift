import Bus
import Directory
import Messaging
import NIOCore
import Policy
import Wire

/// Messages that an administrator has sent to see whether they arrive (`test im`): they go the way of every message of a user, and
/// what is said back about them goes to the administrator instead of the user.
extension SIPServer {
    /// Ended tests whose late receipts are still kept from the user in whose name they were sent.
    private static let rememberedTests = 64
    /// Tests at the same time; policy-service asks for one after the other.
    private static let simultaneousTests = 16

    /// Sends a message of a user of ours to a contact, and waits for what becomes of it.
    func test(_ test: MessageTest) async -> MessageTestResult {
        guard self.messageTests.count < Self.simultaneousTests else {
            return MessageTestResult(failure: .overloaded)
        }
        let owner = self.directory.owner(ofLocalDomain: test.from.domain, partnerDomain: test.to.domain)
        let text = InstantMessage(
            kind: .chat,
            body: [LocalizedText(test.text)],
            originID: test.id.rawValue,
            wantsReceipt: true
        )
        let message = NeutralMessage(
            id: test.id,
            from: test.from,
            to: test.to,
            sentAt: self.now,
            content: .instantMessage(text)
        )
        return await withCheckedContinuation { continuation in
            self.messageTests[test.id.rawValue] = PendingMessageTest(
                result: MessageTestResult(through: owner?.instance ?? ""),
                patience: .milliseconds(Int64(test.patienceMilliseconds)),
                continuation: continuation
            )
            self.sendToXMPP(message, for: nil)
            self.flush()
        }
    }

    /// What the other side said to a message: a test that it has taken waits for word of the recipient.
    func testAnswered(_ id: MessageID, _ failure: DeliveryFailure?) {
        guard !self.messageTests.isEmpty, let test = self.messageTests[id.rawValue] else { return }
        if let failure { return self.endTest(id.rawValue, failure: failure) }
        self.loop.scheduleTask(in: test.patience) { [weak self] in
            self?.assumeIsolated { $0.endTest(id.rawValue) }
        }
    }

    /// Takes what a contact's side says about a test.
    ///
    /// - Returns: Whether it is about one, and so not for the user.
    func isAboutTest(_ receipt: DeliveryReceipt) -> Bool {
        if self.messageTests[receipt.originID] != nil {
            self.endTest(receipt.originID, failure: receipt.failure, isConfirmed: receipt.outcome != .failed)
            return true
        }
        return self.endedMessageTests.contains(receipt.originID)
    }

    private func endTest(_ id: String, failure: DeliveryFailure? = nil, isConfirmed: Bool = false) {
        guard let test = self.messageTests.removeValue(forKey: id) else { return }
        self.endedMessageTests.append(id)
        if self.endedMessageTests.count > Self.rememberedTests { self.endedMessageTests.removeFirst() }
        var result = test.result
        (result.failure, result.isConfirmed) = (failure, isConfirmed)
        test.continuation.resume(returning: result)
    }
}

/// A test whose end an administrator waits for.
struct PendingMessageTest {
    let result: MessageTestResult
    let patience: TimeAmount
    let continuation: CheckedContinuation<MessageTestResult, Never>
}
