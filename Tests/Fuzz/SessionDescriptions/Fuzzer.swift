import SIPCore

/// Session descriptions: read or refused; what was read can be written and read again, and is answered by something that can be read.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard let offer = SessionDescription(parsing: Array(UnsafeBufferPointer(start: start, count: count))) else {
        return 0
    }
    precondition(offer.media.count <= SessionDescription.maximumMedia, "more media than the limit")
    precondition(
        SessionDescription(parsing: offer.bytes)?.media.count == offer.media.count,
        "written and read again it has other media"
    )
    do {
        let accepted = try SessionOffer.accept(offer, address: "192.0.2.1", port: 5060, contact: "sip:a@b.example")
        let answer = SessionDescription(parsing: accepted.answer.bytes)
        // RFC 3264 §6: as many lines as the offer has, and one of them is taken.
        precondition(answer?.media.count == offer.media.count, "the answer has another number of media")
        precondition(answer?.media.count { $0.port != 0 } == 1, "not one medium is taken")
    } catch {
        precondition(!error.text.isEmpty, "an objection without a reason")
    }
    return 0
}
