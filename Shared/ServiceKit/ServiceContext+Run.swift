public import ServiceLifecycle

extension ServiceContext {
    /// Runs the parts of a service until it is told to stop or one of them ends; they are stopped in the opposite order.
    ///
    /// - Throws: what a part threw.
    public func run(_ parts: [any Service]) async throws {
        let configuration = ServiceGroupConfiguration(
            services: parts.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) },
            logger: self.logger
        )
        try await ServiceGroup(configuration: configuration).run()
    }
}
