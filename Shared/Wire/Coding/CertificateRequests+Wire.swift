internal import CIsthmusProto

extension CertificateSigningRequest: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateSigningRequest>) {
        isthmus__v1__certificate_signing_request__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateSigningRequest, in arena: Arena) {
        message.friendly_name = arena.text(self.friendlyName)
        message.key_kind = arena.text(self.keyKind)
        message.is_exportable = self.isExportable ? 1 : 0
        message.common_name = arena.text(self.commonName)
        message.organization = arena.text(self.organization)
        message.organizational_unit = arena.text(self.organizationalUnit)
        message.country = arena.text(self.country)
        message.state = arena.text(self.state)
        message.city = arena.text(self.city)
        (message.n_dns_names, message.dns_names) = arena.texts(self.dnsNames)
        (message.n_xmpp_addresses, message.xmpp_addresses) = arena.texts(self.xmppAddresses)
        message.template_name = arena.text(self.templateName)
        (message.n_uses, message.uses) = arena.numbers(self.uses)
        message.is_immediate = self.isImmediate ? 1 : 0
        message.uses_acme = self.usesACME ? 1 : 0
        message.is_dry_run = self.isDryRun ? 1 : 0
    }

    init(_ message: Isthmus__V1__CertificateSigningRequest) throws(WireError) {
        self.init(
            friendlyName: try String(message.friendly_name),
            keyKind: try String(message.key_kind),
            isExportable: message.is_exportable != 0,
            commonName: try String(message.common_name),
            organization: try String(message.organization),
            organizationalUnit: try String(message.organizational_unit),
            country: try String(message.country),
            state: try String(message.state),
            city: try String(message.city),
            dnsNames: try texts(message.n_dns_names, message.dns_names),
            xmppAddresses: try texts(message.n_xmpp_addresses, message.xmpp_addresses),
            templateName: try optionalText(message.template_name),
            uses: try values(message.n_uses, message.uses),
            isImmediate: message.is_immediate != 0,
            usesACME: message.uses_acme != 0,
            isDryRun: message.is_dry_run != 0
        )
    }
}

extension CertificateRequested: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateRequested>) {
        isthmus__v1__certificate_requested__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateRequested, in arena: Arena) {
        message.id = arena.text(self.id)
        message.csr_pem = arena.text(self.csrPEM)
        message.certificate_pem = arena.text(self.certificatePEM)
        message.summary = arena.text(self.summary)
    }

    init(_ message: Isthmus__V1__CertificateRequested) throws(WireError) {
        self.init(
            id: try String(message.id),
            csrPEM: try String(message.csr_pem),
            certificatePEM: try optionalText(message.certificate_pem),
            summary: try String(message.summary)
        )
    }
}
