import TLS
import Wire

/// What an administrator has the CA do with the account and with certificates that it issued.
extension ACMEService {
    func answer(_ body: Body) async throws(Failure) -> Body {
        do {
            switch body {
            case .certificateRevocation(let wish): return .certificateResult(try await self.revoke(wish))
            case .acmeAccountOrder(let action): return .acmeAccount(try await self.account(action))
            default: throw Failure(.unsupported, "cert-service does not serve this.")
            }
        } catch let failure as Failure {
            throw failure
        } catch let problem as ACMEProblem {
            throw Failure(problem.kind == .refused ? .invalid : .unavailable, "The CA: \(problem)")
        } catch {
            throw Failure(.internal, "The account at the CA cannot be used: \(error)")
        }
    }

    /// Why the CA can be asked nothing, where none is configured.
    static let notConfigured = Failure(
        .invalid,
        "No ACME CA is configured: set ISTHMUS_CERTIFICATES_ACME_DIRECTORY to the address of its directory and restart cert-service."
    )

    private func revoke(_ wish: CertificateRevocation) async throws -> CertificateRecord {
        let (certificate, key) = try await self.parts.keeper.revocable(wish)
        let client = try await self.connected()
        do throws(ACMEProblem) {
            try await client.revoke(certificate, reason: wish.cause.number, key: key)
        } catch {
            // Somebody else was first, or we were, and could not say so any more.
            guard error.type == "alreadyRevoked" else { throw error }
        }
        return try await self.parts.keeper.revoked(wish)
    }

    private func account(_ action: ACMEAccount.Action) async throws -> ACMEAccount {
        switch action {
        case .show: break
        case .rollKey: try await self.alone { try await self.rollKey() }
        case .deactivate: try await self.alone { try await self.deactivate() }
        }
        var account = ACMEAccount(directory: self.parts.settings.directory, status: "none")
        guard try await self.parts.keeper.accountKeyIfAny() != nil else { return account }
        // Whoever is connected knows which key the CA has.
        let client = try await self.connected()
        account.thumbprint = client.key.thumbprint
        guard let known = try await client.existingAccount() else { return account }
        account.address = known.address
        account.status = known.document.status
        account.contacts = known.document.contact ?? []
        return account
    }

    /// Orders that are under way use the key: none begins meanwhile, and while one is there nothing is changed.
    private func alone(_ body: () async throws -> Void) async throws {
        guard self.running.isEmpty, !self.isBusy else {
            throw Failure(.conflict, "An order is under way at the CA; try again when it is done.")
        }
        self.isBusy = true
        defer {
            self.isBusy = false
            self.parts.bell.ring()
        }
        try await body()
    }

    private func rollKey() async throws {
        let client = try await self.connected()
        let next = try await self.parts.keeper.makeNextAccountKey()
        do throws(ACMEProblem) {
            try await client.changeKey(to: next)
        } catch {
            // Whoever said no has not taken it; of others it is asked before the account is used again.
            if error.kind == .refused { try await self.parts.keeper.settleAccountKey(isTaken: false) }
            self.disconnect()
            throw error
        }
        try await self.parts.keeper.settleAccountKey(isTaken: true)
        self.disconnect()
    }

    private func deactivate() async throws {
        do throws(ACMEProblem) {
            try await self.connected().deactivate()
        } catch {
            // A CA says this of an account that has ended already.
            guard error.type == "unauthorized" else { throw error }
        }
        try await self.parts.keeper.forgetAccount()
        self.disconnect()
    }
}

extension CertificateRevocation.Cause {
    /// The number of [RFC 5280 §5.3.1](https://www.rfc-editor.org/rfc/rfc5280#section-5.3.1).
    var number: Int {
        switch self {
        case .unspecified: 0
        case .keyCompromise: 1
        case .affiliationChanged: 3
        case .superseded: 4
        case .cessationOfOperation: 5
        }
    }
}
