import Logging
import TLS
import Wire

/// What other services ask.
extension Keeper {
    /// Answers a request of `caller`, which is known by the key of its connection: an edge is given the keys of its own
    /// use alone.
    func answer(_ body: Body, for caller: ServiceName, instance: String = "") async throws(Failure) -> Body {
        do {
            switch body {
            case .identitiesRequest(let request):
                guard caller == request.use.edge else {
                    throw Failure(.notAllowed, "\(caller.rawValue) is not given the keys of this use.")
                }
                try self.heard(from: instance, request)
                return .identities(try self.identities(request.use))
            case .certificateList: return .certificateInventory(try self.inventory())
            case .certificateSigningRequest(let order):
                let made = try self.request(order)
                if order.isImmediate { _ = try await self.settled(CertificateRecord(id: made.id, state: .active)) }
                return .certificateRequested(made)
            case .certificateImport(let order):
                return .certificateResult(try await self.settled(self.importCertificate(order)))
            case .certificateAssignment(let order):
                return .certificateResult(try await self.settled(self.assign(order)))
            case .certificateAssignmentPreview(let order):
                return .certificateInventory(try self.preview(order))
            case .certificateRenewal(let id): return .certificateResult(try self.renew(id))
            case .certificateRemoval(let id):
                try self.remove(id: id)
                return .acknowledged
            case .certificateEnsure(let domains):
                await self.ensure(domains: domains)
                return .acknowledged
            case .certificateCheck(let order): return .certificateReport(try self.check(order))
            case .certificateExport(let order): return .certificateExported(pkcs12: try self.export(order))
            case .masterKeyRotation: return .masterKeyRotated(try self.rotateMasterKey())
            case .trustRootList: return .trustRoots(try self.trustRoots())
            case .trustRootAddition(let addition): return .trustRoots(try self.addTrustRoots(addition))
            case .trustRootRemoval(let id):
                try self.removeTrustRoot(id: id)
                return .acknowledged
            default: throw Failure(.unsupported, "cert-service does not serve this.")
            }
        } catch let failure as Failure {
            throw failure
        } catch let error as IssuingError {
            throw Failure(error.code, "\(error)")
        } catch {
            self.logger.error("Request failed", metadata: ["reason": "\(error)"])
            throw Failure(.internal, "The store of certificates cannot be used.")
        }
    }
}

extension CertificateUse {
    /// The service that serves with certificates of this use.
    var edge: ServiceName {
        switch self {
        case .xmpp: .xmppEdge
        case .sip: .sipEdge
        }
    }
}

extension IssuingError {
    /// The code between services for it.
    fileprivate var code: Failure.Code {
        switch self {
        case .malformed, .wrongKey, .weakMasterKey, .invalidField, .passphraseNeeded, .wrongPassphrase,
            .unknownEncryption:
            .invalid
        case .library: .internal
        }
    }
}
