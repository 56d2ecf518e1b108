/// What the command line asks a service's executable to do.
enum Invocation: Equatable {
    case run
    case help
    case version
    case checkConfiguration
    case health

    /// Fails for anything but none or one of the known arguments: what a service does is set by its settings.
    init?(arguments: [String]) {
        guard let argument = arguments.first else {
            self = .run
            return
        }
        guard arguments.count == 1 else { return nil }
        switch argument {
        case "--help", "-h": self = .help
        case "--version": self = .version
        case "--check-configuration": self = .checkConfiguration
        case "--health": self = .health
        default: return nil
        }
    }
}
