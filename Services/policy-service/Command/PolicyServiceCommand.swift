import PolicyService
import ServiceKit

/// The executable `policy-service`: who may talk to whom, and the directory of the live edges.
@main
enum PolicyServiceCommand {
    static func main() async {
        await ServiceMain.run("policy-service", PolicyService.Configuration.self) { configuration, context in
            [try PolicyService(configuration, context: context)]
        }
    }
}
