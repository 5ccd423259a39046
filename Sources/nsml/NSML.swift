import ArgumentParser

/// The root of all commands. Its help is `Overview`.
struct NSML: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nsml",
        abstract: "Run machine learning experiments on the machines of your group.",
        groupedSubcommands: [
            CommandGroup(
                name: "Start",
                subcommands: [
                    RunCommand.self, ForkCommand.self, ReproduceCommand.self, PauseCommand.self, ResumeCommand.self, PriorityCommand.self,
                    StopCommand.self,
                    RemoveCommand.self, WaitCommand.self,
                ]),
            CommandGroup(
                name: "Watch",
                subcommands: [
                    ListSessionsCommand.self, LogsCommand.self, InspectCommand.self, EventsCommand.self, QueueCommand.self,
                    DevicesCommand.self, MemoCommand.self, MediaCommand.self, CommandCommand.self, DiffCommand.self,
                    TensorBoardCommand.self,
                ]),
            CommandGroup(
                name: "Live", subcommands: [ExecCommand.self, SetCommand.self, DoCommand.self, StackCommand.self, ShellCommand.self]),
            CommandGroup(
                name: "Models",
                subcommands: [ModelCommand.self, SubmitCommand.self, InferCommand.self, PullCommand.self, DownloadCommand.self]),
            CommandGroup(name: "Data", subcommands: [DatasetCommand.self]),
            CommandGroup(
                name: "Platform",
                subcommands: [
                    UpCommand.self, DownCommand.self, UICommand.self, StatusCommand.self, ServerCommand.self, CheckCommand.self,
                    AuditCommand.self, BackupCommand.self, RestoreCommand.self,
                ]),
            CommandGroup(
                name: "Account",
                subcommands: [
                    LoginCommand.self, LogoutCommand.self, WhoamiCommand.self, ContextCommand.self, UserCommand.self, ConfigCommand.self,
                ]),
            CommandGroup(name: "In a run", subcommands: [ReportCommand.self, SaveCommand.self]),
            CommandGroup(name: "More", subcommands: [DoctorCommand.self, CompletionCommand.self, VersionCommand.self]),
            CommandGroup(
                name: "Hidden",
                subcommands: [CreditCommand.self, AutoMLCommand.self, ReferenceCommand.self, SuperviseCommand.self, ShimCommand.self]),
        ])

    func run() async throws { try Output.write(Array(Overview.text.utf8), to: 1) }
}
