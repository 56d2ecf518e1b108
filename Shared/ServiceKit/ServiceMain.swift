import Glibc
import Logging
import Metrics
import NIOCore
public import ServiceLifecycle
import UnixSignals

/// How every service starts, runs and stops.
///
/// ```
/// arguments → settings → (mistakes: all of them, exit 78) → assemble → admin server, parts → SIGTERM → drain → exit
/// ```
public enum ServiceMain {
    /// The time a part has to return once the deadline has passed and it was cancelled.
    private static let cancellationDeadline: Duration = .seconds(3)
    /// Exit status for a configuration that cannot be used, as in `sysexits.h`.
    private static let exitConfiguration: CInt = 78
    /// Exit status for arguments that cannot be used, as in `sysexits.h`.
    private static let exitUsage: CInt = 64

    /// Runs a service until SIGTERM or SIGINT, then drains it.
    ///
    /// - Parameters:
    ///   - name: The service's name, as in `compose.yaml`.
    ///   - version: What `--version` prints.
    ///   - configuration: The type that reads the service's settings.
    ///   - assemble: Builds the parts, dependencies first. It opens no sockets: that is what the parts' `run()` does,
    ///     so nothing is bound before everything is known to be usable.
    public static func run<Configuration: ServiceConfiguration>(
        _ name: String,
        version: String = IsthmusVersion.current,
        _ configuration: Configuration.Type,
        assemble: (Configuration, ServiceContext) throws -> [any Service]
    ) async -> Never {
        let arguments = Array(CommandLine.arguments.dropFirst())
        await self.run(name, version: version, configuration, arguments: arguments, assemble: assemble)
    }

    /// For tests: with arguments of their own.
    package static func run<Configuration: ServiceConfiguration>(
        _ name: String,
        version: String,
        _ configuration: Configuration.Type,
        arguments: [String],
        assemble: (Configuration, ServiceContext) throws -> [any Service]
    ) async -> Never {
        guard let invocation = Invocation(arguments: arguments) else {
            StandardError.write("\(name): unknown argument; try --help\n")
            exit(self.exitUsage)
        }
        switch invocation {
        case .version:
            StandardOutput.write("\(name) \(version)\n")
            exit(EXIT_SUCCESS)
        case .help:
            StandardOutput.write(SettingsHelp.text(service: name, version: version, of: configuration))
            exit(EXIT_SUCCESS)
        case .health:
            self.probe()
        case .checkConfiguration:
            _ = self.settings(name, of: configuration)
            StandardOutput.write("\(name): the configuration is valid\n")
            exit(EXIT_SUCCESS)
        case .run:
            await self.serve(name, version: version, self.settings(name, of: configuration), assemble: assemble)
        }
    }

    /// Asks the running service whether it is ready: what a container's health check calls.
    private static func probe() -> Never {
        var reader = SettingsReader(.process())
        let result = ReadinessProbe.ask(CommonConfiguration(&reader).adminListen)
        StandardOutput.write(result.text + "\n")
        exit(result.ready ? EXIT_SUCCESS : EXIT_FAILURE)
    }

    private static func settings<Configuration: ServiceConfiguration>(
        _ name: String,
        of _: Configuration.Type
    ) -> ReadSettings<Configuration> {
        var reader = SettingsReader(.process())
        let common = CommonConfiguration(&reader)
        let own = Configuration(&reader)
        let mistakes = reader.finish()
        guard mistakes.isEmpty else {
            StandardError.write(SettingsHelp.text(service: name, mistakes: mistakes))
            exit(self.exitConfiguration)
        }
        return ReadSettings(common: common, own: own, effective: reader.effective)
    }

    private static func serve<Configuration: ServiceConfiguration>(
        _ name: String,
        version: String,
        _ settings: ReadSettings<Configuration>,
        assemble: (Configuration, ServiceContext) throws -> [any Service]
    ) async -> Never {
        // The admin server and the control plane's HTTP are the only users of the shared loops; one is plenty.
        NIOSingletons.groupLoopCountSuggestion = 1
        signal(SIGPIPE, SIG_IGN)
        OpenFiles.raise()
        let level = settings.common.logLevel
        LoggingSystem.bootstrap { label in
            var handler = JSONLogHandler(service: name, instance: settings.common.instance, label: label, level: level)
            handler.metadataProvider = TraceContext.metadataProvider
            return handler
        }
        let logger = Logger(label: name)
        let context = ServiceContext(name: name, instance: settings.common.instance, logger: logger)
        MetricsSystem.bootstrap(MetricsBackend(context.metrics))
        ProcessMetrics.register(in: context.metrics, service: name, version: version)

        var metadata: Logger.Metadata = ["version": "\(version)", "process.id": "\(getpid())"]
        metadata["configuration"] = .dictionary(settings.effective.mapValues { .string($0) })
        logger.notice("Service starting", metadata: metadata)
        do {
            let parts = try assemble(settings.own, context)
            let admin = AdminServer(listen: settings.common.adminListen, context: context)
            let all = [admin] + parts + [DrainMarker(health: context.health)]
            try await self.group(all, deadline: settings.own.drainDeadline, logger: logger).run()
            logger.notice("Service stopped")
            exit(EXIT_SUCCESS)
        } catch {
            logger.critical("Service failed", error: error)
            exit(EXIT_FAILURE)
        }
    }

    /// Starts the parts in order and stops them in the opposite order.
    private static func group(_ parts: [any Service], deadline: Duration, logger: Logger) -> ServiceGroup {
        // The group's own debug lines print whole services, with all that is in them.
        var logger = logger
        logger.logLevel = max(logger.logLevel, .notice)
        var configuration = ServiceGroupConfiguration(
            services: parts.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = deadline
        configuration.maximumCancellationDuration = self.cancellationDeadline
        return ServiceGroup(configuration: configuration)
    }
}

/// Settings without a mistake.
private struct ReadSettings<Configuration: ServiceConfiguration> {
    let common: CommonConfiguration
    let own: Configuration
    let effective: [String: String]
}

/// Says “ready” while the service runs and “draining” from the moment it was told to stop.
///
/// The group stops its parts from the last to the first: this one stands last, so `/readyz` turns before any part drains.
private struct DrainMarker: Service {
    let health: Health

    func run() async throws {
        self.health.set("service", ready: true, detail: "running")
        try await gracefulShutdown()
        self.health.set("service", ready: false, detail: "draining")
    }
}
