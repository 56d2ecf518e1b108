/// In which kind of document presence is written.
public enum PresenceFormat: Equatable, Sendable, CaseIterable {
    /// [RFC 3863](https://www.rfc-editor.org/rfc/rfc3863), which everybody reads.
    case pidf
    /// What LCS 2005 and its successors read.
    case msrtc
    /// What came before both of them.
    case xpidf

    public var mediaType: String {
        switch self {
        case .pidf: PIDFDocument.mediaType
        case .msrtc: MSRTCDocument.mediaType
        case .xpidf: XPIDFDocument.mediaType
        }
    }

    /// Which of several formats that a watcher reads is written.
    public enum Preference: Equatable, Sendable, CaseIterable {
        /// The standard first.
        case standard
        /// As OCS and Lync choose themselves (MS-PRES 1.3.3): their own format first.
        ///
        /// Who names one of Microsoft's formats is of Microsoft's family.
        case microsoft
    }

    /// The format for a watcher who accepts `types`, in lower case; none at all means PIDF
    /// ([RFC 3856 §6.7](https://www.rfc-editor.org/rfc/rfc3856#section-6.7)), and so do patterns.
    ///
    /// `nil` when nothing of what we write can be read.
    public static func chosen(from types: [String], _ preference: Preference) -> PresenceFormat? {
        guard !types.isEmpty else { return .pidf }
        let order: [PresenceFormat] =
            switch preference {
            case .standard: [.pidf, .msrtc, .xpidf]
            case .microsoft: [.msrtc, .pidf, .xpidf]
            }
        if let named = order.first(where: { types.contains($0.mediaType) }) { return named }
        return types.contains { $0 == "*/*" || $0 == "application/*" } ? .pidf : nil
    }
}
