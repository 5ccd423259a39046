import API
import ArgumentParser

struct CompletionCommand: AsyncParsableCommand {
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish
    }

    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print the script that makes your shell complete commands and live names.",
        discussion: """
            EXAMPLES:
              source <(nsml completion bash)                  # in ~/.bashrc
              nsml completion zsh > "${fpath[1]}/_nsml"
              nsml completion fish > ~/.config/fish/completions/nsml.fish

            Sessions, datasets and checkpoints are asked of the server as you type; it has 0.3 seconds to answer.
            """)

    @Argument(help: "Your shell.")
    var shell: Shell

    @OptionGroup var options: OutputOptions

    func run() async throws {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        let script = NSML.completionScript(for: kind)
        if options.json { try options.output.record(["shell": shell.rawValue, "script": script]) } else { try options.output.line(script) }
    }
}
