package import API
import GRDB

extension Transaction {
    /// Makes a session, queued, with the next number on its dataset.
    @discardableResult
    package func insertSession(_ row: NewSessionRow, actor: String? = nil) throws -> StoredSession {
        let number = try integer(
            """
            INSERT INTO sessionNumber (user, dataset, last) VALUES (?, ?, 1)
            ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last
            """, [row.user.rawValue, row.dataset.rawValue])
        let (request, resources) = (row.request, row.resources)
        try execute(
            """
            INSERT INTO session (user, dataset, number, type, state, createdAt, queuedAt, entry, arguments, memo, label, datasets, gpus,
                cpus, memoryBytes, sharedMemoryBytes, priority, isPrivate, keep, network, outputDirectory, interactive, parent, workspace,
                isProtected, waitingSince, addedArguments, origin, checkpointManifest)
            VALUES (:user, :dataset, :number, :type, 'queued', :time, :time, :entry, :arguments, :memo, :label, :datasets, :gpus, :cpus,
                :memory, :sharedMemory, :priority, :isPrivate, :keep, :network, :outputDirectory, :interactive, :parent, :workspace,
                :isProtected, :time, :added, :origin, :manifest)
            """,
            [
                "user": row.user.rawValue, "dataset": row.dataset.rawValue, "number": number, "type": request.type.rawValue,
                "time": row.createdAt.milliseconds, "entry": request.entry, "arguments": try jsonColumn(request.arguments),
                "memo": request.memo, "label": request.label, "datasets": try jsonColumn(row.datasets), "gpus": resources.gpus,
                "cpus": resources.cpus, "memory": resources.memoryBytes, "sharedMemory": resources.sharedMemoryBytes,
                "priority": request.priority, "isPrivate": request.isPrivate, "keep": row.keep?.description, "network": request.network,
                "outputDirectory": request.outputDirectory, "interactive": request.interactive, "parent": request.parent?.description,
                "workspace": row.workspace.column, "isProtected": request.isProtected ?? false,
                "added": try jsonColumn(row.addedArguments),
                "origin": row.origin?.description, "manifest": row.checkpointManifest?.column,
            ])
        let id = database.lastInsertedRowID
        try appendEvent(session: id, actor: actor ?? row.user.rawValue, event: "queued", detail: "", at: row.createdAt)
        return try requireSession(id: id)
    }

    package func session(_ name: SessionName) throws -> StoredSession? {
        try first(
            "SELECT \(StoredSession.columns) FROM session s WHERE s.user = ? AND s.dataset = ? AND s.number = ?",
            [name.user.rawValue, name.dataset.rawValue, name.number], StoredSession.decode)
    }

    package func session(id: Int64) throws -> StoredSession? {
        try first("SELECT \(StoredSession.columns) FROM session s WHERE s.id = ?", [id], StoredSession.decode)
    }

    /// All sessions in these states, oldest first; also those that are being removed, which hold resources until they are gone.
    package func sessions(in states: [SessionState]) throws -> [StoredSession] {
        try states.flatMap { state in
            // The open states are spelled out so that the index over them serves; it holds little, however many sessions have ended.
            let open = state.isFinal ? "" : "AND s.state IN ('queued', 'preparing', 'running', 'paused')"
            return try all(
                "SELECT \(StoredSession.columns) FROM session s WHERE s.state = ? \(open) ORDER BY s.id", [state.rawValue],
                StoredSession.decode)
        }.sorted { $0.id < $1.id }
    }

    /// How many sessions wait, and how many hold resources, without those that are being removed.
    package func countSessions() throws -> (queued: Int, active: Int) {
        let counts = try all(
            """
            SELECT state, count(*) FROM session
            WHERE state IN ('queued', 'preparing', 'running', 'paused') AND removedAt IS NULL AND (state = 'queued' OR node IS NOT NULL)
            GROUP BY state
            """
        ) { columns -> (SessionState, Int) in (try columns.word(), columns.int()) }
        return (
            counts.reduce(0) { $1.0 == .queued ? $0 + $1.1 : $0 }, counts.reduce(0) { $1.0.isActive ? $0 + $1.1 : $0 }
        )
    }

    func sessionId(_ name: SessionName) throws -> Int64 {
        guard
            let id = try integer(
                "SELECT id FROM session WHERE user = ? AND dataset = ? AND number = ?",
                [name.user.rawValue, name.dataset.rawValue, name.number])
        else { throw Failure.noSession(name) }
        return id
    }

    func requireSession(id: Int64) throws -> StoredSession {
        guard let session = try session(id: id) else { throw Failure.noSuch("session", id, hint: "'nsml ps -a' lists yours") }
        return session
    }

    /// All sessions that are over, and how much each has printed.
    package func loggedSessions() throws -> [(id: Int64, name: String, outputBytes: Int64)] {
        try all("SELECT id, name, outputBytes FROM session WHERE outputBytes > 0") { columns in
            (id: columns.integer(), name: columns.text(), outputBytes: columns.integer())
        }
    }
}
