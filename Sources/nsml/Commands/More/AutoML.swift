import API
import ArgumentParser

/// `nsml automl` of the first NSML: says what to do here instead.
struct AutoMLCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "automl", abstract: "There is no search for parameters yet.", shouldDisplay: false)

    @Argument(parsing: .captureForPassthrough, help: .hidden)
    var words: [String] = []

    func run() async throws {
        throw Failure(
            .unavailable, "'nsml automl' is not there yet",
            hint: "start one session for each setting: for lr in 0.1 0.01; do nsml run -d DATASET main.py -- --lr $lr; done")
    }
}
