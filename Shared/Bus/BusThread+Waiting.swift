internal import NIOCore
internal import ZeroMQ

/// What the thread waits for, and for how long.
extension BusThread {
    func rebuild() {
        self.mustRebuild = false
        self.poller.removeAll()
        self.polled.removeAll(keepingCapacity: true)
        self.watch(self.queue.fileDescriptor, .bell)
        self.watch(self.zap.fileDescriptor, .zap)
        self.watch(self.router.fileDescriptor, .requests)
        if let descriptor = self.publisher?.fileDescriptor { self.watch(descriptor, .publisher) }
        for link in self.requestLinks.values { self.watch(link.link) }
        for link in self.trafficLinks.values { self.watch(link.link) }
        for link in self.subscriptionLinks { self.watch(link.link) }
    }

    private func watch(_ link: Link) {
        let descriptors = link.descriptors
        self.watch(descriptors.socket, .socket(link))
        self.watch(descriptors.monitor, .monitor(link))
    }

    private func watch(_ descriptor: CInt, _ meaning: Polled) {
        _ = self.poller.add(descriptor)
        self.polled.append(meaning)
    }

    /// Sees what has happened while nobody waited for it any longer.
    func look() {
        self.queue.turn.lend(nil)
        self.queue.wakeUp()
        for index in self.polled.indices where self.poller.isReadable(index) {
            switch self.polled[index] {
            case .bell: self.queue.silence()
            case .zap: self.mustReceiveZAP = true
            case .requests: self.mustReceiveRequests = true
            case .publisher: self.publisher?.mustReceive = true
            case .socket(let link): link.mustReceive = true
            case .monitor(let link): link.mustLook = true
            }
        }
    }

    /// Whether a socket was not emptied, because others had to have their turn.
    var hasUnreceived: Bool {
        self.mustReceiveRequests || self.publisher?.mustReceive == true
            || self.trafficLinks.values.contains { $0.link.mustReceive || $0.link.mustLook }
            || self.requestLinks.values.contains { $0.link.mustReceive || $0.link.mustLook }
            || self.subscriptionLinks.contains { $0.link.mustReceive || $0.link.mustLook }
    }

    /// When something has to be done although nothing happens.
    var nextDeadline: NIODeadline {
        var next = NIODeadline.distantFuture
        func consider(_ deadline: NIODeadline?) { if let deadline, deadline < next { next = deadline } }
        for link in self.requestLinks.values {
            consider(link.wakeUpAt)
            consider(link.link.wakeUpAt)
        }
        for link in self.trafficLinks.values {
            consider(link.wakeUpAt)
            consider(link.link.wakeUpAt)
        }
        for link in self.subscriptionLinks { consider(link.link.wakeUpAt) }
        if self.publisher != nil { consider(self.nextBeat) }
        if self.isStopping { consider(.now() + .milliseconds(10)) }
        return next
    }

    /// In milliseconds; `nil` for ever.
    var timeToSleep: Int? {
        guard self.sleepsUntil < .distantFuture else { return nil }
        return max(0, Int((self.sleepsUntil - .now()).nanoseconds / 1_000_000) + 1)
    }
}
