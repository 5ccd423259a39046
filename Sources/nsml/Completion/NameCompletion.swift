import API
import ArgumentParser
import Client
import Foundation

/// Names that complete as one types: asked of the server, which has a moment to answer. Whatever goes wrong, nothing is offered
/// and nothing is said: an error in the middle of a line being typed helps nobody.
enum NameCompletion: Sendable {
    case contexts, datasets, sessions, checkpoints

    /// Nobody waits longer for a name, unless `NSML_COMPLETION_SECONDS` says so, for a server that is far away.
    private static var patience: Duration {
        ProcessInfo.processInfo.environment["NSML_COMPLETION_SECONDS"].flatMap(Double.init).map { .seconds($0) } ?? .milliseconds(300)
    }
    /// More are no help.
    private static let maximumCount = 200

    func names(prefix: String, words: [String]) async -> [String] {
        // See above: silence is the answer to every failure.
        let names = try? await within(Self.patience) { try await self.ask(prefix: prefix, words: words) }
        return (names ?? []).filter { $0.hasPrefix(prefix) }.map(Escaping.line)
    }

    private func ask(prefix: String, words: [String]) async throws -> [String] {
        let configuration = try ConfigurationFile().load()
        if self == .contexts { return configuration.contexts.keys.sorted() }
        let context = words.firstIndex(of: "--context").flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
        let connection = try Connection.resolve(
            context: context, configuration: configuration, environment: ProcessInfo.processInfo.environment)
        guard connection.token != nil else { return [] }
        return try await connection.client().closing { client in
            switch self {
            case .contexts: return []
            case .datasets: return try await client.datasets(pattern: "\(prefix)*").items.map(\.name.rawValue)
            case .sessions: return try await Self.sessions(prefix, client: client)
            case .checkpoints: return try await Self.checkpoints(prefix, words: words, client: client)
            }
        }
    }

    private static func sessions(_ prefix: String, client: APIClient) async throws -> [String] {
        let query = SessionQuery(includeFinal: true, pattern: "\(prefix)*", limit: maximumCount)
        return try await client.sessions(query).items.map(\.name.description)
    }

    /// After a session its checkpoints; before one, sessions; joined to one, both in one word.
    private static func checkpoints(_ prefix: String, words: [String], client: APIClient) async throws -> [String] {
        if let session = words.last(where: { $0 != prefix && (try? SessionName(parsing: $0)) != nil }) {
            return try await client.checkpoints(of: SessionName(parsing: session)).items.map(\.name.rawValue)
        }
        let parts = prefix.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return try await sessions(prefix, client: client) }
        let session = try SessionName(parsing: parts[0..<3].joined(separator: "/"))
        return try await client.checkpoints(of: session).items.map { "\(session)/\($0.name)" }
    }
}

extension CompletionKind {
    /// Names of that kind, asked of the server.
    static func names(of kind: NameCompletion) -> CompletionKind {
        .custom { words, _, prefix in await kind.names(prefix: prefix, words: words) }
    }
}
