import AdministrationClient

/// The executable `isthmusctl`: the administrator's command line.
@main
enum IsthmusctlCommand {
    static func main() async { await Isthmusctl.start() }
}
