import Hummingbird
import Policy
import ServiceKit

/// The global settings, and the configuration as a whole.
struct ConfigurationRoutes: Sendable {
    let engine: PolicyEngine

    func add(to router: RouterGroup<APIContext>) {
        router.get("settings") { _, _ in
            let (state, version) = await self.engine.present
            return Response(document: state.settings.document, version: version)
        }
        router.put("settings") { request, context in
            let document = try await request.document()
            return try await self.commit(request, context) { _, _ throws(CommitRefusal) in
                [.settings(try Self.settings(document))]
            }
        }
        router.patch("settings") { request, context in
            let document = try await request.document()
            return try await self.commit(request, context, Self.change(of: document))
        }
        router.get("configuration") { _, _ in
            let moment = await self.engine.moment
            return await Aside.run { Response(document: moment.policy.document, version: moment.version) }
        }
        router.put("configuration") { request, context in
            let document = try await request.document(upTo: Request.configurationLimit)
            return try await self.commit(request, context) { state, version throws(CommitRefusal) in
                try Self.changes(from: state, version, to: document)
            }
        }
    }

    private func commit(
        _ request: Request,
        _ context: APIContext,
        _ edit: @escaping @Sendable (PolicyState, Int) throws(CommitRefusal) -> [PolicyChange]
    ) async throws -> Response {
        let result = try await self.engine.commit(
            CommitRequest(
                author: context.author,
                reason: request.reason(),
                bases: try request.bases(),
                isDryRun: try request.isDryRun(),
                edit: edit
            )
        )
        return try Response(result, to: request)
    }

    /// The settings that are in the document are changed, the others left alone.
    static func change(
        of document: DocumentValue
    ) -> @Sendable (PolicyState, Int) throws(CommitRefusal) -> [PolicyChange] {
        { state, _ throws(CommitRefusal) in
            [.settings(try Self.settings(state.settings.document.merging(document)))]
        }
    }

    private static func settings(_ document: DocumentValue) throws(CommitRefusal) -> GatewaySettings {
        let (settings, findings) = GatewaySettings.read(document)
        guard let settings else { throw .invalid(findings) }
        return settings
    }

    /// What a document of the whole configuration changes.
    ///
    /// A section that is in it replaces the present one, objects that it does not have are removed; a section that is
    /// not in it is left alone.
    private static func changes(
        from state: PolicyState,
        _ version: Int,
        to document: DocumentValue
    ) throws(CommitRefusal) -> [PolicyChange] {
        let (wanted, findings) = PolicySnapshot.read(document)
        guard let wanted else { throw .invalid(findings) }
        let present = state.snapshot
        var new = present
        if document["settings"] != nil { new.settings = wanted.settings }
        if document["domains"] != nil { new.domains = wanted.domains }
        if document["partners"] != nil { new.partners = wanted.partners }
        if document["users"] != nil { new.users = wanted.users }
        if document["hosts"] != nil { new.hosts = wanted.hosts }
        if document["routes"] != nil {
            new.routes = RouteNames.name(wanted.routes, like: present.routes, version: version)
        }
        return PolicyDifference.changes(from: present, to: new)
    }
}
