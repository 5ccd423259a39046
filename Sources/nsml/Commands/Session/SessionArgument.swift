import API

/// Sessions and checkpoints as people write them: joined, `alice/mnist/1/9`, or as two words, `alice/mnist/1 9`.
enum SessionArgument {
    /// One session with its checkpoint. `words` are the positional arguments, one or two.
    static func checkpoint(_ words: [String]) throws -> CheckpointReference {
        switch words.count {
        case 1:
            return try CheckpointReference(parsing: words[0])
        case 2:
            return CheckpointReference(session: try session(words[0]), checkpoint: try CheckpointName(parsing: words[1]))
        default:
            throw Failure(.invalidRequest, "expected a session and a checkpoint", hint: "as in alice/mnist/1 9, or alice/mnist/1/9")
        }
    }

    /// A session with or without a checkpoint: `S`, `S/CKPT`, `S CKPT`, or `S` with the checkpoint in an option.
    static func session(_ words: [String], checkpoint option: String?) throws -> (SessionName, CheckpointName?) {
        guard let first = words.first, words.count <= 2 else {
            throw Failure(
                .invalidRequest, words.isEmpty ? "expected a session" : "'\(words[2])' is one word too many",
                hint: "as in alice/mnist/1, alice/mnist/1/9 or alice/mnist/1 9")
        }
        let isJoined = words.count == 1 && first.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: true).count > 3
        guard isJoined || words.count == 2 else {
            return (try session(first), try option.map { try CheckpointName(parsing: $0) })
        }
        let reference = try checkpoint(words)
        if let option, option != reference.checkpoint.rawValue {
            throw Failure(.invalidRequest, "two checkpoints were given: '\(reference.checkpoint)' and '\(option)'")
        }
        return (reference.session, reference.checkpoint)
    }

    static func session(_ word: String) throws -> SessionName {
        try SessionName(parsing: word.hasSuffix("/") ? String(word.dropLast()) : word)
    }

    /// Whether `word` stands for several.
    static func isPattern(_ word: String) -> Bool { word.contains { $0 == "*" || $0 == "?" } }
}
