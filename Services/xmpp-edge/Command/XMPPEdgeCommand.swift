import ServiceKit
import XMPPEdge

/// The executable `xmpp-edge`: the gateway's face towards XMPP servers.
@main
enum XMPPEdgeCommand {
    static func main() async {
        await ServiceMain.run("xmpp-edge", XMPPEdge.Configuration.self) { configuration, context in
            [try XMPPEdge(configuration, context: context)]
        }
    }
}
