import DialbackAuthority
import ServiceKit

/// The executable `dialback-authority`: the only holder of the dialback secret.
@main
enum DialbackAuthorityCommand {
    static func main() async {
        await ServiceMain.run("dialback-authority", DialbackAuthority.Configuration.self) { configuration, context in
            [try DialbackAuthority(configuration, context: context)]
        }
    }
}
