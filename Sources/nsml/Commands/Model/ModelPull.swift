import API
import ArgumentParser
import Client

struct PullModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Fetch a checkpoint into USER_DATASET_N/CHECKPOINT/model/ below a directory.",
        discussion: """
            EXAMPLES:
              nsml model pull alice/mnist/1 9 .
              nsml model pull alice/mnist/1/best ./models
            """)

    @Argument(
        help: ArgumentHelp(
            "The session and the checkpoint, as two words or as one, and the directory.", valueName: "checkpoint> <directory"),
        completion: .names(of: .checkpoints))
    var words: [String]

    @Flag(name: [.short, .long, .customLong("overwrite")], help: "Replace files that are there and differ.")
    var force = false

    @Flag(name: [.short, .long], help: .hidden)
    var verbose = false

    @OptionGroup var options: ServerOptions

    func run() async throws {
        guard words.count >= 2, let directory = words.last else {
            throw Failure(.invalidRequest, "expected a checkpoint and a directory", hint: "as in 'nsml model pull alice/mnist/1 9 .'")
        }
        let checkpoint = try SessionArgument.checkpoint(words.dropLast())
        let path = "\(directory)/\(Self.folder(of: checkpoint))"
        try await options.withClient { client in
            try await TreeDownload(client: client, output: options.output, replaces: force).fetch(.checkpoint(checkpoint), to: path)
        }
    }

    /// `alice_mnist_1/9/model`. A name that could lead elsewhere is made harmless.
    static func folder(of checkpoint: CheckpointReference) -> String {
        let session = checkpoint.session
        var name = checkpoint.checkpoint.rawValue.replacing("/", with: "_").replacing("\\", with: "_")
        if name.allSatisfy({ $0 == "." }) { name = "_\(name)" }
        return "\(session.user)_\(session.dataset)_\(session.number)/\(name)/model"
    }
}
