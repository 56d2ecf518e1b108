import NIOCore
import NetworkKit
import Policy
import TLS
import Wire

extension NetworkProbes {
    /// A next hop over UDP: there is no connection that would show anything, so all depends on an answer.
    func routeOverUDP(_ route: StaticRoute, from ours: String) async -> [TestStep] {
        var steps: [TestStep] = []
        let addresses: [SocketAddress]
        do {
            addresses = try await self.resolver.addresses(of: route.nextHop, port: route.port)
        } catch {
            let remedy = "\(route.nextHop) needs an A or AAAA record."
            return [TestStep("address", .bad, "\(route.nextHop): \(error)", remedy: remedy)]
        }
        let shown = addresses.compactMap(\.ipAddress).joined(separator: ", ")
        steps.append(TestStep("address", .good, "\(route.nextHop) is \(shown)"))
        guard let address = addresses.first else { return steps }
        do {
            let connection = try await ProbeConnection.open(datagramsTo: address, on: self.loop)
            defer { connection.close() }
            var events = connection.events.makeAsyncIterator()
            connection.send(repeatedly: Array(Self.options(route, from: ours).utf8))
            steps.append(await Self.answer(route, &events))
        } catch {
            steps.append(TestStep("OPTIONS", .bad, "\(error)"))
        }
        return steps
    }
}
