/// Which of Microsoft's products says so in its User-Agent or Server: the numbers are those of their releases.
public struct MicrosoftProduct: Equatable, Sendable {
    public enum Family: String, Equatable, Sendable, CaseIterable {
        /// LCS 2005 and Windows Messenger: `RTC/1.x`, `RTC/2.x`, `LCS`.
        case lcs2005
        /// OCS 2007 and R2, Communicator 2007: `RTC/3.x`, `UCCP/2`, `UCCAPI/2`, `UCCAPI/3`, `OC/2`, `OC/3`.
        case ocs2007
        /// Lync and Skype for Business: `RTC/4` and later, `UCCAPI/4` and later, `OC/4` and later, `UCWA`.
        case lync
    }

    public let family: Family

    /// Reads a User-Agent or Server; `nil` for a product that is not one of Microsoft's.
    public init?(_ text: String) {
        let lower = text.lowercased()
        if lower.contains("lync") || lower.contains("skype for business") {
            self.family = .lync
            return
        }
        for product in lower.split(separator: " ") {
            let parts = product.split(separator: "/", maxSplits: 1)
            guard let name = parts.first else { continue }
            // A product without a number tells no release.
            let major = parts.count > 1 ? Int(parts[1].prefix { $0.isNumber }) ?? -1 : -1
            switch (name, major) {
            case ("lcs", _), ("lc", _), ("rtc", 0...2): self.family = .lcs2005
            case ("rtc", 3), ("uccp", _), ("uccapi", 0...3), ("oc", 0...3), ("ocs", _): self.family = .ocs2007
            case ("rtc", 4...), ("uccapi", 4...), ("oc", 4...), ("ucwa", _): self.family = .lync
            default: continue
            }
            return
        }
        return nil
    }
}
