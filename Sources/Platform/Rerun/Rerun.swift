package import API

/// How the platform starts a script again, with a checkpoint or for questions: which of the historic arguments it adds.
///
/// A pure function of what can be read. An argument is added only where the script is seen to take it, since one that it does
/// not know would end it. Where that was seen wrongly the session is started again without them (`SessionPlan.addedArguments`);
/// and a script that gets none of them is served by the library, which loads and waits in `nsml.bind`.
package enum Rerun {
    /// What it is started again for.
    package enum Purpose: Sendable, Hashable {
        /// Another session that goes on from a checkpoint, or begins anew.
        case fork(CheckpointName?)
        /// The same session, from its own last checkpoint.
        case resume(CheckpointName)
        /// Waits for questions with a checkpoint loaded.
        case infer
        /// Answers the questions of a dataset's test with a checkpoint loaded.
        case submit
        /// Does again what was done: the checkpoint is what the original itself was given.
        case reproduce(CheckpointName?)
    }

    /// The arguments to add to those that the user gave.
    ///
    /// - Parameters:
    ///   - entry: the script's path in the workspace.
    ///   - given: what the user gave.
    ///   - sources: the Python files of the workspace by their paths.
    package static func arguments(for purpose: Purpose, entry: String, given: [String], sources: [String: String]) -> [String] {
        switch purpose {
        case .fork(nil), .reproduce(nil): return []
        default: break
        }
        let reachable = PythonImports(sources: sources).reachable(from: entry)
        let script = Script(sources: reachable, given: given)
        switch purpose {
        case .fork(let checkpoint?), .resume(let checkpoint), .reproduce(let checkpoint?): return script.continuing(from: checkpoint)
        case .infer: return script.mode("infer") + script.pause
        case .submit: return script.mode("test") + script.pause
        case .fork(nil), .reproduce(nil): return []
        }
    }

    /// What is seen of one script.
    private struct Script {
        let sources: [PythonTokens]
        let given: [String]

        private func find(_ name: String) -> OptionDeclaration? { OptionDeclaration.find(name, in: sources) }

        var pause: [String] {
            guard let found = find("pause") else { return [] }
            return found.takesValue ? ["--pause", "1"] : ["--pause"]
        }

        /// `--mode` of a script without `--pause` may be the user's own, with another meaning: then the value must be known to it.
        func mode(_ value: String) -> [String] {
            guard let found = find("mode"), found.accepts(value) else { return [] }
            let isOurs = find("pause") != nil || found.choices != nil || sources.contains { $0.texts.contains(value) }
            return isOurs ? option("mode", value) : []
        }

        /// The checkpoint's name goes to `--iteration`, and to `--checkpoint` where that cannot be one of the user's own.
        func continuing(from checkpoint: CheckpointName) -> [String] {
            let name = checkpoint.rawValue
            if let found = find("iteration") { return pause + (found.accepts(name) ? option("iteration", name) : []) }
            guard !pause.isEmpty, find("checkpoint")?.accepts(name) == true,
                !given.contains(where: { $0 == "--checkpoint" || $0.hasPrefix("--checkpoint=") })
            else { return pause }
            return pause + option("checkpoint", name)
        }

        /// A value that begins with `-` would be taken for an option.
        private func option(_ name: String, _ value: String) -> [String] {
            value.hasPrefix("-") ? ["--\(name)=\(value)"] : ["--\(name)", value]
        }
    }
}

extension Rerun.Purpose {
    /// What a session that is made is started again for; nil when its script is started for the first time.
    package init?(of new: NewSession) {
        switch new.type {
        case .normal: return nil
        case .fork: self = .fork(new.parent?.checkpoint)
        case .infer: self = .infer
        case .submit, .submitTest: self = .submit
        case .reproduction: self = .reproduce(new.parent?.checkpoint)
        }
    }
}
