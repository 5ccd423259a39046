import API

/// What the library has noted of a submission, in words of its own. The author's code could write there too: so only known words count,
/// and none of the text goes any further.
///
///     load                  paused() was reached, the checkpoint is loaded next
///     data, infer           the first time that the loader reads, and that the model is asked
///     done                  the predictions are written
///     failed STAGE WORD     an error ended it
struct SubmissionNotes: Sendable, Equatable {
    var stage = SubmissionStage.start
    var isDone = false
    /// Why it failed, when that has a word; nil also when it has not failed.
    var fault: Fault?

    enum Fault: String, Sendable {
        case noInfer = "no_infer"
        case noLoader = "no_loader"
        case noList = "no_list"
        case wrongCount = "wrong_count"
        case noPredictions = "no_predictions"

        /// For the author.
        var sentence: String {
            switch self {
            case .noInfer: "no infer function is bound: give nsml.bind one before nsml.paused()"
            case .noLoader: "the dataset's data_loader.py has neither feed_infer nor test_data_loader: tell its owner"
            case .noList: "infer returned something else than a list of results"
            case .wrongCount: "infer returned another number of results than it got inputs"
            case .noPredictions: "no predictions were written: does infer return what the dataset's loader expects?"
            }
        }
    }

    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            switch words.first {
            case "load" where stage == .start: stage = .load
            case "data" where stage == .start || stage == .load: stage = .data
            case "infer": stage = .infer
            case "done": isDone = true
            case "failed" where words.count == 3:
                stage = SubmissionStage(rawValue: String(words[1])) ?? stage
                fault = Fault(rawValue: String(words[2]))
            default: continue
            }
        }
    }
}
