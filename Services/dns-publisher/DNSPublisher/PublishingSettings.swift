/// What is published and where, of the settings of dns-publisher.
struct PublishingSettings: Sendable {
    var records: DesiredRecords.Settings
    /// The zones that are managed; empty: each local domain is a zone.
    var zones: [String] = []
    /// Tells several gateways apart that publish into one zone.
    var owner = "isthmus"
}
