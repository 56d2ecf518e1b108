/// Where an order is, in words.
extension OrderMachine {
    var progress: String {
        switch self.step {
        case .idle: "about to begin"
        case .ordering: "asking the CA for an order"
        case .following: "asking the CA how the order stands"
        case .checking: "asking the CA what has to be proven\(self.place)"
        case .preparing(let challenge):
            "putting the proof for \(challenge.name) in its place, \(challenge.kind.rawValue)\(self.place)"
        case .answering(let challenge), .validating(let challenge):
            "the CA checks \(challenge.name) by \(challenge.kind.rawValue)\(self.place)"
        case .finalizing: "sending the request"
        case .issuing: "the CA issues the certificate"
        case .downloading: "fetching the certificate"
        case .installing: "checking the certificate and putting it to its uses"
        case .failed: "waiting for the next attempt"
        case .done: "issued"
        }
    }

    private var place: String {
        guard let count = self.order?.authorizations.count, count > 1 else { return "" }
        return " (\(min(self.index + 1, count)) of \(count))"
    }
}
