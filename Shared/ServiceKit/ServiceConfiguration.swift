/// What a service can be told from outside.
///
/// The initialiser reads every setting there is, whatever the others say, so that `--help` can list them all. It does
/// not throw: the reader collects the mistakes, and ``ServiceMain`` reports all of them at once.
public protocol ServiceConfiguration: Sendable {
    init(_ settings: inout SettingsReader)
}
