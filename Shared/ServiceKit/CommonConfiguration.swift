import Glibc
import Logging

/// The settings that every service has.
struct CommonConfiguration: ServiceConfiguration {
    /// Who this process is among several of the same service.
    let instance: String
    let logLevel: Logger.Level
    let adminListen: Endpoint

    init(_ settings: inout SettingsReader) {
        self.instance = settings.string(
            "instance",
            default: Self.hostName(),
            hint: "the name of this process, unique among the processes of one service"
        )
        self.logLevel = settings.choice("log.level", default: .info, hint: "the least severe level that is logged")
        self.adminListen = settings.endpoint(
            "admin.listen",
            default: "127.0.0.1:9090",
            hint: "where /healthz, /readyz and /metrics are served; give it to nobody but the operator"
        )
    }

    /// The host's name; in a container that is the container's id, so that replicas differ by themselves.
    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.isEmpty ? "localhost" : text
    }
}
