import NIOHTTP1
import TLS

/// Speaks with one CA: nonces, signatures, the account ([RFC 8555 §6, §7](https://www.rfc-editor.org/rfc/rfc8555#section-6)).
actor ACMEClient {
    private let settings: ACMESettings
    private let https: HTTPSClient
    let key: AccountKey
    private var directory: ACMEDocument.Directory?
    private var nonces: [String] = []
    /// The account's address.
    private var account: String?

    /// Nonces that the CA gave out and that are not used yet.
    private static let nonceLimit = 16
    /// A CA that says `badNonce` more often is broken.
    static let nonceAttempts = 10

    init(_ settings: ACMESettings, https: HTTPSClient, key: AccountKey) {
        (self.settings, self.https, self.key) = (settings, https, key)
    }

    // MARK: Orders

    /// Asks for a certificate: [RFC 8555 §7.4](https://www.rfc-editor.org/rfc/rfc8555#section-7.4), [RFC 9773 §5](https://www.rfc-editor.org/rfc/rfc9773#section-5).
    func createOrder(names: [String], replaces: String?) async throws(ACMEProblem) -> ACMEOrder {
        let directory = try await self.readDirectory()
        let identifiers = names.map { "{\"type\":\"dns\",\"value\":\(JSONText.quoted($0))}" }
        // Only who offers renewalInfo knows the member.
        let renewed = directory.renewalInfo == nil ? nil : replaces
        let answer = try await self.post(
            directory.newOrder,
            "{\"identifiers\":\(JSONText.list(identifiers))\(renewed.map { ",\"replaces\":\(JSONText.quoted($0))" } ?? "")}"
        )
        guard let address = answer.headers["location"] else {
            throw .unreachable("The CA does not say where the order is.")
        }
        return try self.order(address, answer)
    }

    func order(at address: String) async throws(ACMEProblem) -> ACMEOrder {
        try self.order(address, try await self.post(address, ""))
    }

    /// Sends the request, DER ([§7.4](https://www.rfc-editor.org/rfc/rfc8555#section-7.4)).
    func finalize(_ order: ACMEOrder, request: [UInt8]) async throws(ACMEProblem) -> ACMEOrder {
        let answer = try await self.post(order.finalize, "{\"csr\":\"\(Base64URL.encode(request))\"}")
        return try self.order(order.address, answer)
    }

    private func order(_ address: String, _ answer: HTTPSClient.Answer) throws(ACMEProblem) -> ACMEOrder {
        let document = try ACMEDocument.read(ACMEDocument.Order.self, answer)
        return ACMEOrder(
            address: address,
            status: document.status,
            authorizations: document.authorizations,
            finalize: document.finalize,
            certificate: document.certificate,
            problem: document.error?.value(),
            retryAfter: answer.retryAfter
        )
    }

    func authorization(at address: String) async throws(ACMEProblem) -> ACMEAuthorization {
        let answer = try await self.post(address, "")
        return try ACMEDocument.read(ACMEDocument.Authorization.self, answer).value(retryAfter: answer.retryAfter)
    }

    /// Tells the CA to look ([§7.5.1](https://www.rfc-editor.org/rfc/rfc8555#section-7.5.1)).
    func answer(_ challenge: ACMEChallenge) async throws(ACMEProblem) {
        _ = try await self.post(challenge.address, "{}")
    }

    /// The certificate and what leads to its root, PEM; other chains that the CA offers are not asked for
    /// ([§7.4.2](https://www.rfc-editor.org/rfc/rfc8555#section-7.4.2)).
    func certificate(at address: String) async throws(ACMEProblem) -> [UInt8] {
        try await self.post(address, "").body
    }

    // MARK: Renewal information

    enum Suggestion: Sendable, Equatable {
        /// The CA offers none.
        case none
        case window(RenewalSchedule.Window, explanation: String?, retryAfter: Int64?)
    }

    /// When the CA would like a certificate to be renewed ([RFC 9773 §4.1](https://www.rfc-editor.org/rfc/rfc9773#section-4.1)); not signed.
    func suggestion(for identifier: String) async throws(ACMEProblem) -> Suggestion {
        guard let base = try await self.readDirectory().renewalInfo else { return .none }
        let answer = try await self.https.send(.GET, "\(base)/\(identifier)")
        guard answer.isSuccess else { throw answer.problem }
        let document = try ACMEDocument.read(ACMEDocument.Renewal.self, answer)
        guard let window = document.window else { throw .unreachable("The CA's suggestion cannot be read.") }
        return .window(window, explanation: document.explanationURL, retryAfter: answer.retryAfter)
    }

    // MARK: The account

    /// The account, made if the CA does not have it yet ([§7.3](https://www.rfc-editor.org/rfc/rfc8555#section-7.3)).
    private func readAccount() async throws(ACMEProblem) -> String {
        if let account { return account }
        let directory = try await self.readDirectory()
        if let terms = directory.meta?.termsOfService, !self.settings.agreesToTerms {
            throw .notAllowed(
                "The CA has terms: read \(terms), and if you agree set ISTHMUS_CERTIFICATES_ACME_AGREE_TO_TERMS=true."
            )
        }
        var members: [String] = []
        if self.settings.agreesToTerms { members.append("\"termsOfServiceAgreed\":true") }
        let contacts = self.settings.contacts.map { "mailto:\($0)" }
        if !contacts.isEmpty { members.append("\"contact\":\(JSONText.list(contacts.map(JSONText.quoted)))") }
        if let external = self.settings.externalAccount {
            do throws(TLSError) {
                let binding = try external.binding(of: self.key.webKey, to: directory.newAccount)
                members.append("\"externalAccountBinding\":\(binding)")
            } catch {
                throw .notAllowed("The external account cannot be bound: \(error)")
            }
        } else if directory.meta?.externalAccountRequired == true {
            throw .notAllowed(
                "The CA wants an external account: set ISTHMUS_CERTIFICATES_ACME_EXTERNAL_ACCOUNT and its key."
            )
        }
        let answer = try await self.signed(directory.newAccount, "{\(members.joined(separator: ","))}", by: .key)
        guard let address = answer.headers["location"] else {
            throw .unreachable("The CA does not say where the account is.")
        }
        self.account = address
        try await self.updateContacts(contacts, answer)
        return address
    }

    /// An account that the CA had already keeps its contacts until it is told others ([§7.3.2](https://www.rfc-editor.org/rfc/rfc8555#section-7.3.2)).
    private func updateContacts(_ contacts: [String], _ answer: HTTPSClient.Answer) async throws(ACMEProblem) {
        guard answer.status == 200, let account,
            try ACMEDocument.read(ACMEDocument.Account.self, answer).contact.map({ $0 != contacts }) == true
        else { return }
        let members = "{\"contact\":\(JSONText.list(contacts.map(JSONText.quoted)))}"
        _ = try await self.signed(account, members, by: .account(account))
    }

    // MARK: Requests

    func readDirectory() async throws(ACMEProblem) -> ACMEDocument.Directory {
        if let directory { return directory }
        let answer = try await self.https.send(.GET, self.settings.directory)
        guard answer.isSuccess else { throw answer.problem }
        let read = try ACMEDocument.read(ACMEDocument.Directory.self, answer)
        self.directory = read
        return read
    }

    /// Forgets what may have changed at the CA, for the next attempt.
    func forget() { (self.directory, self.account, self.nonces) = (nil, nil, []) }

    func post(_ address: String, _ payload: String) async throws(ACMEProblem) -> HTTPSClient.Answer {
        let account = try await self.readAccount()
        do throws(ACMEProblem) {
            return try await self.signed(address, payload, by: .account(account))
        } catch {
            // The CA has lost it; the same key makes it again.
            guard error.type == "accountDoesNotExist" else { throw error }
            self.account = nil
            return try await self.signed(address, payload, by: .account(try await self.readAccount()))
        }
    }

    /// Sends a signed request, again with another nonce where the CA does not take the first
    /// ([§6.5](https://www.rfc-editor.org/rfc/rfc8555#section-6.5)).
    func signed(
        _ address: String,
        _ payload: String,
        by signer: AccountKey.Signer,
        with other: AccountKey? = nil
    ) async throws(ACMEProblem) -> HTTPSClient.Answer {
        var attempts = 0
        while true {
            attempts += 1
            let nonce = try await self.nonce()
            let body: [UInt8]
            do throws(IssuingError) {
                body = try (other ?? self.key).sign(payload, to: address, nonce: nonce, by: signer)
            } catch {
                throw ACMEProblem("malformed", "The request cannot be signed: \(error)")
            }
            let answer = try await self.https.send(.POST, address, body: body)
            self.keepNonce(of: answer)
            if answer.isSuccess { return answer }
            let problem = answer.problem
            guard problem.type == "badNonce", attempts < Self.nonceAttempts else { throw problem }
        }
    }

    private func nonce() async throws(ACMEProblem) -> String {
        if let nonce = self.nonces.popLast() { return nonce }
        let answer = try await self.https.send(.HEAD, try await self.readDirectory().newNonce)
        guard let nonce = answer.headers["replay-nonce"] else { throw .unreachable("The CA gives out no nonce.") }
        return nonce
    }

    private func keepNonce(of answer: HTTPSClient.Answer) {
        guard let nonce = answer.headers["replay-nonce"], self.nonces.count < Self.nonceLimit else { return }
        self.nonces.append(nonce)
    }
}
