internal import Synchronization
public import Wire

extension Bus {
    /// Tells all subscribers; they see publications in the order of the calls, or are told that they missed some.
    public func publish(_ body: Body) {
        let (queue, service, instance) = (self.queue, self.configuration.service, self.instance)
        guard body.isLarge || self.publishing.load(ordering: .acquiring) > 0 else {
            queue.append(.publish(Publisher.envelope(body, service: service, instance: instance)))
            return
        }
        self.publishing.wrappingAdd(1, ordering: .relaxed)
        LargeFrames.submit {
            queue.append(.publish(Publisher.envelope(body, service: service, instance: instance)))
            self.publishing.wrappingSubtract(1, ordering: .releasing)
        }
    }

    /// Listens to what another service publishes.
    ///
    /// - Parameters:
    ///   - service: Who publishes.
    ///   - handler: Called on the bus thread; it hands over and returns.
    public func subscribe(to service: ServiceName, _ handler: @escaping @Sendable (Publication) -> Void) {
        self.queue.append(.subscribe(service, handler))
    }
}
