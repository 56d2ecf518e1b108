import DNSPublisher
import ServiceKit

/// The executable `dns-publisher`: the records that lead the world to the edges.
@main
enum DNSPublisherCommand {
    static func main() async {
        await ServiceMain.run("dns-publisher", DNSPublisher.Configuration.self) { configuration, context in
            [try DNSPublisher(configuration, context: context)]
        }
    }
}
