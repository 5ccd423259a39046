package import API

/// Shells beside the processes of sessions.
extension APIClient {
    package func openShell(_ new: NewShell, beside session: SessionName) async throws -> ShellRecord {
        try await call(Endpoints.addShell, session.parameters, body: new)
    }

    /// Types; the answer says up to where that was taken, which may be less while the shell does not read.
    package func type(_ input: ShellInput, intoShell number: Int64, beside session: SessionName) async throws -> StreamOffset {
        try await call(Endpoints.typeInShell, parameters(number, session), body: input)
    }

    /// What it has printed from the offsets on, as soon as there is something; empty after `waitSeconds`.
    package func output(ofShell number: Int64, beside session: SessionName, from offsets: ShellOffsets, waitSeconds: Double) async throws
        -> ShellOutput
    {
        try await call(
            Endpoints.shellOutput, parameters(number, session),
            query: query(("offset", offsets.offset), ("errorsOffset", offsets.errorsOffset), ("waitSeconds", waitSeconds)),
            timeoutSeconds: 30 + waitSeconds)
    }

    /// Has it end.
    package func closeShell(_ number: Int64, beside session: SessionName) async throws {
        _ = try await call(Endpoints.closeShell, parameters(number, session), as: Done.self)
    }

    // MARK: The session's supervisor

    /// What was typed from `offset` on, or that its window has another size than this.
    package func shellInput(
        of number: Int64, beside session: SessionName, offset: Int64, rows: Int?, columns: Int?, waitSeconds: Double
    ) async throws -> ShellInput {
        try await call(
            Endpoints.shellInput, parameters(number, session),
            query: query(("offset", offset), ("rows", rows), ("columns", columns), ("waitSeconds", waitSeconds)),
            timeoutSeconds: 30 + waitSeconds)
    }

    package func print(_ output: ShellOutput, inShell number: Int64, beside session: SessionName, waitSeconds: Double) async throws
        -> ShellOffsets
    {
        try await call(
            Endpoints.printInShell, parameters(number, session), query: query(("waitSeconds", waitSeconds)), body: output,
            timeoutSeconds: 30 + waitSeconds)
    }

    private func parameters(_ number: Int64, _ session: SessionName) -> [String: String] {
        session.parameters.merging(["shell": "\(number)"]) { $1 }
    }
}
