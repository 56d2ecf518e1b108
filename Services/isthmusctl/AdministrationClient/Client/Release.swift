/// The release of this program; the same as that of all services, which `ArchitectureTests` sees to.
enum Release {
    static let current = "0.1.0"
}
