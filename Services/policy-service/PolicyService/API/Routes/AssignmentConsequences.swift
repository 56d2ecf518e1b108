import Policy
import Wire

/// What an assignment does to all certificates: a pure function of what there is and what there would be.
///
/// One that cert-service has made by itself for a domain serves only where no other is assigned: it goes out of service with an assignment,
/// and comes back when that is taken away. One that a CA renews by itself takes its uses again when it is renewed.
struct AssignmentConsequences {
    private(set) var changes: [ObjectChange] = []
    /// What of that nobody has asked for, in words.
    private(set) var steps: [TestStep] = []

    init(of id: String, before: [CertificateRecord], after: [CertificateRecord]) {
        let old = Dictionary(before.map { ($0.id, $0) }) { first, _ in first }
        // What is asked for is told first.
        for new in after.filter({ $0.id == id }) + after.filter({ $0.id != id }) {
            guard let record = old[new.id], record.document != new.document else { continue }
            self.changes.append(
                ObjectChange(object: "certificate \(new.id)", before: record.document, after: new.document)
            )
            for use in CertificateUse.allCases {
                self.tell(use, record, new, isAsked: new.id == id)
            }
        }
    }

    private mutating func tell(
        _ use: CertificateUse,
        _ before: CertificateRecord,
        _ after: CertificateRecord,
        isAsked: Bool
    ) {
        let gone = before.domains(of: use).filter { !after.domains(of: use).contains($0) }
        let come = after.domains(of: use).filter { !before.domains(of: use).contains($0) }
        let name = "\(use.rawValue) certificate \(before.id)"
        if !gone.isEmpty, !isAsked {
            self.steps.append(
                TestStep(
                    name,
                    .warning,
                    "\(before.origin) is not shown any more for \(gone.joined(separator: ", "))",
                    remedy: before.returns(after)
                )
            )
        }
        if !come.isEmpty {
            let text = "\(isAsked ? "it" : before.origin) is shown from then on for \(come.joined(separator: ", "))"
            self.steps.append(TestStep(name, isAsked ? .good : .warning, text))
        }
    }
}

extension CertificateRecord {
    func domains(of use: CertificateUse) -> [String] {
        switch use {
        case .xmpp: self.xmppDomains
        case .sip: self.sipDomains
        }
    }

    /// Which one it is, for people.
    fileprivate var origin: String {
        if !self.madeFor.isEmpty { return "the one that is made and renewed by itself for \(self.madeFor)" }
        if self.order != nil { return "“\(self.friendlyName)”, which its CA renews by itself," }
        return "“\(self.friendlyName)”"
    }

    /// When it is shown again.
    fileprivate func returns(_ after: CertificateRecord) -> String {
        if !self.madeFor.isEmpty { return "it is kept and renewed, and shown again where no other is assigned" }
        if self.order != nil, !after.uses.isEmpty {
            return
                "when it is renewed it goes first again: take it out of use (isthmusctl certificate assign \(self.id))"
        }
        return ""
    }
}
