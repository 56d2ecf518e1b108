import SIPEdge
import ServiceKit

/// The executable `sip-edge`: the gateway's face towards SIP servers.
@main
enum SIPEdgeCommand {
    static func main() async {
        await ServiceMain.run("sip-edge", SIPEdge.Configuration.self) { configuration, context in
            [try SIPEdge(configuration, context: context)]
        }
    }
}
