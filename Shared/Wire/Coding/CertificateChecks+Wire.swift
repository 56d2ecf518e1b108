internal import CIsthmusProto

extension CertificateCheck: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateCheck>) {
        isthmus__v1__certificate_check__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateCheck, in arena: Arena) {
        message.id = arena.text(self.id)
        message.data = arena.bytes(self.data)
        message.password = arena.text(self.password)
        message.use = self.use.number
        (message.n_names, message.names) = arena.texts(self.names)
    }

    init(_ message: Isthmus__V1__CertificateCheck) throws(WireError) {
        self.init(
            id: try String(message.id),
            data: [UInt8](message.data),
            password: try optionalText(message.password),
            use: try CertificateUse(message.use),
            names: try texts(message.n_names, message.names)
        )
    }
}

extension CertificateFinding.Outcome: WireEnumeration {
    var number: Isthmus__V1__CertificateFinding__Outcome {
        switch self {
        case .good: ISTHMUS__V1__CERTIFICATE_FINDING__OUTCOME__OUTCOME_GOOD
        case .warning: ISTHMUS__V1__CERTIFICATE_FINDING__OUTCOME__OUTCOME_WARNING
        case .bad: ISTHMUS__V1__CERTIFICATE_FINDING__OUTCOME__OUTCOME_BAD
        case .skipped: ISTHMUS__V1__CERTIFICATE_FINDING__OUTCOME__OUTCOME_SKIPPED
        }
    }
}

extension CertificateFinding: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateFinding>) {
        isthmus__v1__certificate_finding__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateFinding, in arena: Arena) {
        message.item = arena.text(self.item)
        message.outcome = self.outcome.number
        message.text = arena.text(self.text)
        message.remedy = arena.text(self.remedy)
    }

    init(_ message: Isthmus__V1__CertificateFinding) throws(WireError) {
        self.init(
            try String(message.item),
            try Outcome(message.outcome),
            try String(message.text),
            remedy: try String(message.remedy)
        )
    }
}

extension CertificateReport: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateReport>) {
        isthmus__v1__certificate_report__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateReport, in arena: Arena) {
        message.subject = arena.text(self.subject)
        (message.n_findings, message.findings) = arena.messages(self.findings)
    }

    init(_ message: Isthmus__V1__CertificateReport) throws(WireError) {
        self.init(subject: try String(message.subject), findings: try values(message.n_findings, message.findings))
    }
}

extension CertificateExport: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__CertificateExport>) {
        isthmus__v1__certificate_export__init(message)
    }

    func fill(_ message: inout Isthmus__V1__CertificateExport, in arena: Arena) {
        message.id = arena.text(self.id)
        message.password = arena.text(self.password)
    }

    init(_ message: Isthmus__V1__CertificateExport) throws(WireError) {
        self.init(id: try String(message.id), password: try String(message.password))
    }
}

extension MasterKeyRotated: WireMessage {
    static func initialize(_ message: UnsafeMutablePointer<Isthmus__V1__MasterKeyRotated>) {
        isthmus__v1__master_key_rotated__init(message)
    }

    func fill(_ message: inout Isthmus__V1__MasterKeyRotated, in arena: Arena) {
        message.keys = UInt32(clamping: self.keys)
        message.previous_path = arena.text(self.previousPath)
    }

    init(_ message: Isthmus__V1__MasterKeyRotated) throws(WireError) {
        self.init(keys: Int(message.keys), previousPath: try String(message.previous_path))
    }
}
