import TLS

/// What an administrator does with the account and with certificates that were issued.
extension ACMEClient {
    /// The account of our key, if the CA has one ([§7.3.1](https://www.rfc-editor.org/rfc/rfc8555#section-7.3.1)).
    func existingAccount() async throws(ACMEProblem) -> (address: String, document: ACMEDocument.Account)? {
        let directory = try await self.readDirectory()
        do throws(ACMEProblem) {
            let answer = try await self.signed(directory.newAccount, "{\"onlyReturnExisting\":true}", by: .key)
            guard let address = answer.headers["location"] else {
                throw .unreachable("The CA does not say where the account is.")
            }
            return (address, try ACMEDocument.read(ACMEDocument.Account.self, answer))
        } catch {
            guard error.type == "accountDoesNotExist" else { throw error }
            return nil
        }
    }

    /// Gives the account the key `next` ([§7.3.5](https://www.rfc-editor.org/rfc/rfc8555#section-7.3.5)); this client is of no use then.
    func changeKey(to next: AccountKey) async throws(ACMEProblem) {
        guard let address = try await self.readDirectory().keyChange else {
            throw .notAllowed("The CA does not let an account have another key.")
        }
        guard let account = try await self.existingAccount()?.address else {
            throw .notAllowed("The CA has no account for our key: nothing is to be changed.")
        }
        let change: String
        do throws(IssuingError) {
            change = try self.key.rollover(of: account, to: next, at: address)
        } catch {
            throw ACMEProblem("malformed", "The change of the key cannot be signed: \(error)")
        }
        _ = try await self.signed(address, change, by: .account(account))
    }

    /// Ends the account ([§7.3.6](https://www.rfc-editor.org/rfc/rfc8555#section-7.3.6)).
    func deactivate() async throws(ACMEProblem) {
        guard let account = try await self.existingAccount()?.address else { return }
        _ = try await self.signed(account, "{\"status\":\"deactivated\"}", by: .account(account))
        self.forget()
    }

    // MARK: Revocation

    /// Has a certificate revoked, DER, for a reason of [RFC 5280 §5.3.1](https://www.rfc-editor.org/rfc/rfc5280#section-5.3.1)
    /// ([RFC 8555 §7.6](https://www.rfc-editor.org/rfc/rfc8555#section-7.6)); signed with its own `key` if that is given.
    func revoke(_ certificate: [UInt8], reason: Int, key: AccountKey?) async throws(ACMEProblem) {
        guard let address = try await self.readDirectory().revokeCert else {
            throw .notAllowed("The CA revokes nothing by ACME.")
        }
        let payload = "{\"certificate\":\"\(Base64URL.encode(certificate))\",\"reason\":\(reason)}"
        if let key {
            _ = try await self.signed(address, payload, by: .key, with: key)
        } else {
            _ = try await self.post(address, payload)
        }
    }
}
