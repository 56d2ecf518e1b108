/// The fields that a transaction, an admission and a mapping each ask for, as the parser has read them once.
final class CoreFields: Sendable {
    let from: NameAddress
    let to: NameAddress
    let cSeq: CSeq
    let topVia: Via

    init(from: NameAddress, to: NameAddress, cSeq: CSeq, topVia: Via) {
        self.from = from
        self.to = to
        self.cSeq = cSeq
        self.topVia = topVia
    }
}
