import API
import Client

/// The sessions that words on a command line mean: names as they are, wildcards by asking the server.
enum SessionSelection {
    /// In the order of the words, none twice. A pattern that matches nothing is a failure.
    static func resolve(_ words: [String], client: APIClient) async throws -> [SessionName] {
        var names: [SessionName] = []
        for word in words {
            guard SessionArgument.isPattern(word) else {
                names.append(try SessionArgument.session(word))
                continue
            }
            let matches = try await collect { after in
                try await client.sessions(SessionQuery(includeFinal: true, pattern: word, limit: 1_000, after: after))
            }
            guard !matches.isEmpty else { throw Failure(.notFound, "no session matches '\(word)'", hint: "'nsml ps -a' lists yours") }
            names.append(contentsOf: matches.map(\.name))
        }
        var seen: Set<SessionName> = []
        return names.filter { seen.insert($0).inserted }
    }

    /// Does `action` for each, goes on after failures and ends with the first of them.
    static func forEach(_ names: [SessionName], _ action: (SessionName) async throws -> Void) async throws {
        var first: Failure?
        for name in names {
            do {
                try await action(name)
            } catch let failure as Failure {
                if names.count > 1 { Output.note("nsml: \(Escaping.line(failure.description))") }
                first = first ?? failure
            }
        }
        guard let first else { return }
        guard names.count > 1 else { throw first }
        throw Failure(first.code, "not done for all of the \(names.count) sessions")
    }
}
