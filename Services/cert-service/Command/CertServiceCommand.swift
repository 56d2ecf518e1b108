import CertService
import ServiceKit

/// The executable `cert-service`: keys, certificates and trust, delivered to the edges.
@main
enum CertServiceCommand {
    static func main() async {
        await ServiceMain.run("cert-service", CertService.Configuration.self) { configuration, context in
            [try CertService(configuration, context: context)]
        }
    }
}
