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

    static func session(_ word: String) throws -> SessionName {
        try SessionName(parsing: word.hasSuffix("/") ? String(word.dropLast()) : word)
    }

    /// Whether `word` stands for several.
    static func isPattern(_ word: String) -> Bool { word.contains { $0 == "*" || $0 == "?" } }
}
