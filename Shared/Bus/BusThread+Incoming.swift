internal import Logging
internal import Messaging
internal import NIOCore
internal import ServiceKit
internal import Wire
internal import ZeroMQ

/// What others want of this process.
extension BusThread {
    /// Receives requests and messages.
    func receiveRequests() throws(ZeroMQError) {
        for _ in 0..<Self.receiveLimit {
            guard try self.router.receive(into: &self.incoming) else {
                self.mustReceiveRequests = false
                return
            }
            let route = self.incoming.withUnsafeBytes { Route(identity: $0) }
            guard self.incoming.hasMore, try self.router.receive(into: &self.incoming) else { continue }
            guard let route, !self.incoming.hasMore, self.incoming.count <= self.configuration.limits.requestSize else {
                try self.dropMessage()
                continue
            }
            // The ZAP handler has given the connection its name; without one there is no connection.
            guard let caller = self.incoming.userID.flatMap({ ServiceName(rawValue: $0) }) else { continue }
            guard let envelope = self.decodeIncoming(from: caller.rawValue) else { continue }
            try self.take(envelope, of: caller, from: route)
        }
    }

    /// Drops the rest of a message that no client of ours sends: several parts, or too large.
    private func dropMessage() throws(ZeroMQError) {
        self.metrics.malformed.increment()
        let sender = self.incoming.userID ?? ""
        let size = self.incoming.count
        while self.incoming.hasMore, try self.router.receive(into: &self.incoming) {}
        self.warn("Malformed frame dropped", ["peer.service": "\(sender)", "size": "\(size)"])
    }

    private func take(_ envelope: Envelope, of caller: ServiceName, from route: Route) throws(ZeroMQError) {
        if case .traffic(let batch) = envelope.body {
            let isForUs = ["", self.instance].contains(envelope.recipientInstance)
            try self.take(batch, of: caller, instance: envelope.senderInstance, isForUs: isForUs, from: route)
            return
        }
        let address = ReturnAddress(route: route, request: envelope.request)
        guard let body = envelope.body else {
            try self.refuse(address, .unsupported, "this version does not know the method")
            return
        }
        guard let method = MethodPolicy(for: body), method.servers.contains(self.configuration.service) else {
            try self.refuse(address, .unsupported, "not a method of \(self.configuration.service.rawValue)")
            return
        }
        guard method.callers.contains(caller) else {
            self.metrics.refusedMethods.increment()
            self.warn(
                "Method not allowed",
                ["peer.service": "\(caller.rawValue)", "message.id": "\(envelope.messageID?.rawValue ?? "")"]
            )
            try self.refuse(address, .notAllowed, "\(caller.rawValue) may not call this method")
            return
        }
        guard !self.isStopping else {
            try self.refuse(address, .unavailable, "\(self.configuration.service.rawValue) is shutting down")
            return
        }
        guard self.work.begin(route) else {
            self.metrics.overloaded.increment()
            try self.refuse(address, .overloaded, "\(self.configuration.service.rawValue) has too much to do")
            return
        }
        let timeout = TimeAmount.milliseconds(Int64(envelope.timeoutMilliseconds))
        self.handOff.add(
            IncomingRequest(
                caller: caller,
                callerInstance: envelope.senderInstance,
                body: body,
                messageID: envelope.messageID,
                traceparent: envelope.traceparent,
                deadline: address.awaitsAnswer ? .now() + timeout : .distantFuture,
                returnAddress: address
            )
        )
    }

    private func refuse(_ address: ReturnAddress, _ code: Failure.Code, _ text: String) throws(ZeroMQError) {
        guard address.awaitsAnswer else { return }
        let envelope = Envelope(
            request: address.request,
            senderService: self.configuration.service.rawValue,
            senderInstance: self.instance,
            body: .failure(Failure(code, text))
        )
        try self.answer(address.route, with: self.coder.encode(envelope))
    }

    // MARK: Traffic

    private func take(
        _ batch: TrafficBatch,
        of caller: ServiceName,
        instance: String,
        isForUs: Bool,
        from route: Route
    ) throws(ZeroMQError) {
        guard MethodPolicy.mayExchangeTraffic(caller, self.configuration.service) else {
            self.metrics.refusedMethods.increment()
            self.warn("Traffic not allowed", ["peer.service": "\(caller.rawValue)"])
            return
        }
        try self.refuse(batch.notUnderstood, .notUnderstood, to: route)
        guard !batch.messages.isEmpty else { return }
        // Meant for the edge that was at our address before us: its conversations are not ours yet, and what follows comes by another
        // connection, so that taking it could change the order.
        guard isForUs else {
            self.metrics.misdirected.increment(by: UInt64(batch.messages.count))
            return try self.refuse(batch.messages.map(\.number), .edgeUnavailable, isGivenBack: true, to: route)
        }
        guard let inbox, !self.isStopping else {
            try self.refuse(batch.messages.map(\.number), .edgeUnavailable, isGivenBack: self.isStopping, to: route)
            return
        }
        guard inbox.unanswered + batch.messages.count <= self.configuration.limits.unansweredTraffic else {
            self.metrics.overloaded.increment(by: UInt64(batch.messages.count))
            try self.refuse(batch.messages.map(\.number), .queueFull, to: route)
            return
        }
        inbox.count(unanswered: batch.messages.count)
        self.arrivals.append(.messages(batch.messages, route, from: instance, receivedAt: .now()))
    }

    private func refuse(
        _ numbers: [UInt64],
        _ failure: DeliveryFailure,
        isGivenBack: Bool = false,
        to route: Route
    ) throws(ZeroMQError) {
        guard !numbers.isEmpty else { return }
        var slab: [UInt8] = []
        for number in numbers {
            let answer = TrafficAnswer(number: number, result: .failure(failure), isGivenBack: isGivenBack)
            self.trafficEncoder.append(answer, to: &slab)
        }
        try self.answer(route, with: self.trafficEncoder.header(forBatchOf: slab.count), slab)
    }

    // MARK: Answers

    /// Answers on the connection that a request came from; when that is gone, so is whoever asked.
    func answer(_ route: Route, with head: [UInt8], _ tail: [UInt8] = []) throws(ZeroMQError) {
        var frame = try Frame(copying: head, tail)
        self.mustReceiveRequests = true
        guard try self.router.send(route.identity, more: true) == .sent, try self.router.send(&frame) == .sent else {
            self.metrics.unwantedAnswers.increment()
            return
        }
    }
}
