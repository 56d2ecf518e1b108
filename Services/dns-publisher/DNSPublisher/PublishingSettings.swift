/// What is published and where, of the settings of dns-publisher.
struct PublishingSettings: Sendable {
    var records: DesiredRecords.Settings
    /// The zones that are managed; empty: each local domain is a zone.
    var zones: [String] = []
    /// Tells several gateways apart that publish into one zone.
    var owner = "isthmus"
    /// How long the server's secondaries take to follow it, in seconds.
    var propagation: UInt32 = 60
    /// The types of the records that are changed without a review.
    var automaticTypes: Set<String> = []
}
