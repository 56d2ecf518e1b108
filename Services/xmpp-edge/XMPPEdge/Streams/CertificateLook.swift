/// When to look next at the certificate that a live stream rests on
/// ([RFC 6120 §13.7.2.3](https://www.rfc-editor.org/rfc/rfc6120#section-13.7.2.3)).
///
/// Pure: time is an argument.
enum CertificateLook: Equatable {
    case expired
    case again(after: Duration)

    /// The clock of the host may be set meanwhile: no look is further away.
    static let longest = Duration.seconds(86_400)

    /// `validUntil` is the last second of validity since 1970, `now` the present in milliseconds.
    init(validUntil: Int64, now: Int64) {
        // Some certificates are for ever, and say so with a number that has no milliseconds.
        let (end, isFarAway) = validUntil.multipliedReportingOverflow(by: 1000)
        guard !isFarAway else {
            self = .again(after: Self.longest)
            return
        }
        self = end < now ? .expired : .again(after: min(.milliseconds(end - now + 1), Self.longest))
    }
}
