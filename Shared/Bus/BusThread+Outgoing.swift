internal import Logging
internal import NIOCore
internal import ServiceKit
internal import Wire
internal import ZeroMQ

/// What this process wants of others.
extension BusThread {
    /// How many frames are received from one socket before the others have their turn.
    static let receiveLimit = 256

    func carryOut(_ command: Command) throws(ZeroMQError) {
        switch command {
        case .request(let request): try self.send(request)
        case .cancel(let number):
            for link in self.requestLinks.values where link.answer(number, .failure(.cancelled)) { break }
        case .done(let route, let envelope):
            self.work.finished(route)
            if let envelope { try self.answer(route, with: envelope) }
        case .publish(let envelope):
            assert(self.publisher != nil, "\(self.configuration.service.rawValue) does not publish")
            try self.publisher?.publish(envelope)
        case .decoded(let source, let result): self.take(result, from: source)
        case .subscribe(let service, let handler): self.subscribe(to: service, handler)
        case .attach(let inbox): self.inbox = inbox
        case .peers(let peers): self.update(peers)
        case .traffic(let parcels): for parcel in parcels { try self.send(parcel) }
        case .stop(let finishing): self.stop(finishing: finishing)
        }
    }

    // MARK: Requests

    private func send(_ request: OutgoingRequest) throws(ZeroMQError) {
        guard !self.isStopping else {
            request.continuation.resume(returning: .failure(.shuttingDown))
            return
        }
        var link = self.requestLinks[request.destination]
        if link == nil, let made = self.requestLink(to: request.destination) {
            self.requestLinks[request.destination] = made
            self.mustRebuild = true
            link = made
        }
        guard let link else {
            request.continuation.resume(returning: .failure(.unreachable))
            return
        }
        try link.add(request)
    }

    private func requestLink(to destination: Destination) -> RequestLink? {
        let fixed = self.configuration.addresses[destination.service]?.requests
        guard let endpoint = destination.endpoint ?? fixed else { return nil }
        let link = self.link(.dealer, to: destination.service, at: endpoint, ioThread: Self.controlThread)
        return link.map { RequestLink(destination, link: $0) }
    }

    /// Looks after a connection for requests.
    func serve(_ link: RequestLink) throws(ZeroMQError) {
        if link.link.mustReceive {
            try self.receive(from: link.link, .request(link.destination)) { self.take($0, of: link) }
        }
        guard link.link.mustLook else { return }
        for change in try link.link.changes() {
            self.note(change, of: link.link)
            switch change {
            case .up: try link.send()
            case .down: link.fail()
            }
        }
    }

    // MARK: Publications

    private func subscribe(
        to service: ServiceName,
        _ handler: @escaping @Sendable (Publication) -> Void
    ) {
        guard let endpoint = self.configuration.addresses[service]?.publications,
            let link = self.link(.subscribe, to: service, at: endpoint, ioThread: Self.controlThread)
        else {
            self.logger.error("Cannot subscribe", metadata: ["peer.service": "\(service.rawValue)"])
            return
        }
        self.subscriptionLinks.append(SubscriptionLink(service, link: link, handler: handler))
        self.mustRebuild = true
    }

    /// Looks after a subscription.
    func serve(_ link: SubscriptionLink) throws(ZeroMQError) {
        if link.link.mustReceive {
            try self.receive(from: link.link, .subscription(ObjectIdentifier(link))) { self.take($0, of: link) }
        }
        guard link.link.mustLook else { return }
        for change in try link.link.changes() {
            self.note(change, of: link.link)
            if change == .down { link.end() }
        }
    }

    // MARK: Traffic

    private func update(_ peers: [TrafficPeer]) {
        let listed = Set(peers.map(\.id))
        for link in self.trafficLinks.values { link.isListed = listed.contains(link.peer.id) }
        for peer in peers where self.trafficLinks[peer.id] == nil {
            guard let link = self.link(.dealer, to: peer.service, at: peer.endpoint, ioThread: Self.trafficThread)
            else { continue }
            self.trafficLinks[peer.id] = TrafficLink(peer, link: link, epoch: self.lastEpochs[peer.id] ?? 0)
            self.mustRebuild = true
        }
    }

    private func send(_ parcel: TrafficParcel) throws(ZeroMQError) {
        switch parcel {
        case .messages(let peer, let epoch, let last, let slab):
            guard let link = self.trafficLinks[peer] else {
                self.arrivals.append(.lost(peer: peer, epoch: epoch &+ 1, written: 0))
                return
            }
            let header = self.trafficEncoder.header(forBatchOf: slab.count, to: link.peer.instance)
            try link.add(TrafficLink.Frame(header: header, slab: slab, last: last), epoch: epoch)
        case .answers(let route, let slab):
            try self.answer(route, with: self.trafficEncoder.header(forBatchOf: slab.count), slab)
        }
    }

    /// Looks after a connection to another edge.
    func serve(_ link: TrafficLink) throws(ZeroMQError) {
        if link.link.mustReceive {
            try self.receive(from: link.link) { envelope in
                guard case .traffic(let batch) = envelope.body else { return }
                self.arrivals.append(.answers(batch.answers, peer: link.peer.id))
            }
        }
        guard link.link.mustLook else { return }
        for change in try link.link.changes() {
            self.note(change, of: link.link)
            switch change {
            case .up: try link.send()
            case .down: self.arrivals.append(link.lose())
            }
        }
    }

    // MARK: Links

    /// Receives envelopes from a service that was asked, and that has proven who it is; with a `source` large ones are read aside.
    private func receive(
        from link: Link,
        _ source: LargeFrames.Source? = nil,
        _ take: (Envelope) -> Void
    ) throws(ZeroMQError) {
        for _ in 0..<Self.receiveLimit {
            guard try link.socket.receive(into: &self.incoming) else {
                link.mustReceive = false
                return
            }
            if let source, self.isReadAside(link, source) {
                link.framesAside += 1
                var frame = Frame()
                swap(&frame, &self.incoming)
                LargeFrames.decode(frame, from: source, for: self.queue)
                continue
            }
            guard let envelope = self.decodeIncoming(from: link.service.rawValue) else { continue }
            take(envelope)
        }
    }

    /// What is large, and what must not overtake it.
    private func isReadAside(_ link: Link, _ source: LargeFrames.Source) -> Bool {
        if self.incoming.count > LargeFrames.threshold { return true }
        switch source {
        case .request: return false
        case .subscription: return link.framesAside > 0
        }
    }

    /// Takes what was read aside; the connection that it came by may be gone.
    private func take(_ result: Result<Envelope, WireError>, from source: LargeFrames.Source) {
        switch source {
        case .request(let destination):
            guard let link = self.requestLinks[destination] else { return }
            link.link.framesAside -= 1
            if let envelope = self.envelope(result, from: destination.service.rawValue) {
                self.take(envelope, of: link)
            }
        case .subscription(let id):
            guard let link = self.subscriptionLinks.first(where: { ObjectIdentifier($0) == id }) else { return }
            link.link.framesAside -= 1
            if let envelope = self.envelope(result, from: link.service.rawValue) { self.take(envelope, of: link) }
        }
    }

    private func take(_ envelope: Envelope, of link: RequestLink) {
        let result: Result<Body, BusFailure> =
            envelope.body.map { .success($0) } ?? .failure(.malformed("an answer of a newer version"))
        if !link.answer(envelope.request, result) { self.metrics.lateReplies.increment() }
    }

    private func take(_ envelope: Envelope, of link: SubscriptionLink) {
        if link.receive(envelope) { self.metrics.gaps.increment() }
    }

    private func note(_ change: Link.Change, of link: Link) {
        switch change {
        case .up:
            self.logger.debug("Bus connection up", metadata: ["peer.service": "\(link.service.rawValue)"])
        case .down:
            self.metrics.lostConnections.increment()
            self.warn(
                "Bus connection lost",
                ["peer.service": "\(link.service.rawValue)", "peer.address": "\(link.endpoint)"]
            )
        }
    }

    /// The envelope in ``incoming``; one that is none is dropped, counted and logged.
    func decodeIncoming(from peer: String) -> Envelope? {
        let result: Result<Envelope, WireError>
        do throws(WireError) {
            result = .success(
                try self.incoming.withUnsafeBytes { bytes throws(WireError) in try self.coder.decode(bytes) }
            )
        } catch {
            result = .failure(error)
        }
        return self.envelope(result, from: peer)
    }

    private func envelope(_ result: Result<Envelope, WireError>, from peer: String) -> Envelope? {
        switch result {
        case .success(let envelope): return envelope
        case .failure(let error):
            self.metrics.malformed.increment()
            self.warn("Malformed frame dropped", ["peer.service": "\(peer)", "error": "\(error)"])
            return nil
        }
    }
}
