import ArgumentParser

struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Prints completions for your shell.",
        discussion: """
            bash:  source <(isthmusctl completion bash)
            zsh:   isthmusctl completion zsh > ~/.zfunc/_isthmusctl
            fish:  isthmusctl completion fish | source
            """
    )

    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    @Argument(help: "bash, zsh or fish.") var shell: Shell

    func run() throws {
        let shell: CompletionShell =
            switch self.shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        print(Isthmusctl.completionScript(for: shell))
    }
}
