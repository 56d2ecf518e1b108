import Bus
import Hummingbird
import Policy
import Wire

/// What to enter at the other side.
struct GuideRoutes: Sendable {
    let engine: PolicyEngine
    let others: any OtherServices

    func add(to router: RouterGroup<APIContext>) {
        router.get("guide/:key") { request, context in
            let name = try context.key()
            guard let system = Guide.System(rawValue: name) else {
                let systems = Guide.System.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem(status: .notFound, title: "there is no guide for “\(name)”; there are \(systems)")
            }
            let facts = try await self.facts(
                name: try Self.host("name", in: request),
                address: try Self.host("address", in: request)
            )
            return Response(document: Guide(for: system, facts).document, version: await self.engine.version)
        }
    }

    private func facts(name: String?, address: String?) async throws -> GuideFacts {
        let state = await self.engine.state
        let certificates = await Certificates.active(self.others)
        let addresses = await self.engine.edges.map(\.edge).filter { $0.kind == .sip && !$0.isDraining }
            .flatMap(\.publicAddresses)
        return GuideFacts(
            state,
            sipNames: certificates.names(for: .sip),
            xmppNames: certificates.names(for: .xmpp),
            addresses: address.map { [$0] } ?? addresses,
            name: name
        )
    }

    /// It goes into lines that somebody will paste into a shell: nothing but a host is taken.
    private static func host(_ name: String, in request: Request) throws(Problem) -> String? {
        guard let text = request.query(name), !text.isEmpty else { return nil }
        let host = HostName.normalized(text)
        if IPAddress(host) == nil, let problem = DomainName.problem(with: host) {
            throw .badRequest("“\(name)”: \(problem)")
        }
        return host
    }
}

/// The certificates in use, as far as cert-service answers.
struct Certificates: Sendable {
    var records: [CertificateRecord]
    /// Why they are not known.
    var failure: String?

    static func active(_ others: any OtherServices) async -> Certificates {
        do throws(BusFailure) {
            guard case .certificateInventory(let inventory) = try await others.ask(.certificateList, of: .certService)
            else { return Certificates(records: [], failure: "cert-service answered something else") }
            return Certificates(records: inventory.records.filter { $0.state == .active })
        } catch {
            return Certificates(records: [], failure: Problem(error, of: "cert-service").title)
        }
    }

    /// The DNS names that the certificates of a use have.
    func names(for use: CertificateUse) -> [String] {
        self.records.filter { $0.uses.contains(use) }.flatMap(\.names)
    }
}
