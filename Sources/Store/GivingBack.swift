package import API
package import Foundation
import GRDB

/// Giving way, pausing, going on.
extension Transaction {
    /// Asks a session that has a place to give it back; a later wish replaces an earlier one.
    package func requestYield(id: Int64, _ request: YieldRequest, detail: String, actor: String, at time: Date) throws {
        let session = try requireSession(id: id)
        guard session.record.holdsPlace else {
            throw Failure.wrongState(session.name, session.record.state, needed: "only a session that runs can give way or pause")
        }
        try execute(
            "UPDATE session SET yieldCause = ?, yieldGraceSeconds = ?, yieldAt = ?, yieldTo = ? WHERE id = ?",
            [request.cause.rawValue, request.graceSeconds, time.milliseconds, request.to?.description, id])
        try appendEvent(session: id, actor: actor, event: request.cause.rawValue, detail: detail, at: time)
    }

    /// The session need not give way any more. False when it was not asked to, or for another cause.
    @discardableResult
    package func cancelYield(id: Int64, cause: YieldRequest.Cause, because reason: String, actor: String, at time: Date) throws -> Bool {
        guard try requireSession(id: id).yield?.request.cause == cause else { return false }
        try execute("UPDATE session SET yieldCause = NULL, yieldGraceSeconds = NULL, yieldAt = NULL, yieldTo = NULL WHERE id = ?", [id])
        try appendEvent(session: id, actor: actor, event: cause == .pause ? "pause" : "keep", detail: reason, at: time)
        return true
    }

    /// A session whose process has ended, and that can go on later: queued again with its age, or paused without a place. Both are told
    /// once; false when it has no place any more.
    @discardableResult
    package func leavePlace(id: Int64, to next: SessionState, reason: String, at time: Date, actor: String) throws -> Bool {
        let session = try requireSession(id: id)
        guard session.record.holdsPlace else { return false }
        guard next == .paused || session.record.state.allows(next) else {
            throw Failure.wrongState(session.name, session.record.state, needed: "it cannot become \(next.rawValue) from there")
        }
        try execute(
            """
            UPDATE session SET state = :state, reason = :reason, node = NULL, devices = NULL, waitingSince = :time,
                hasBegun = (:state = 'queued'), gaveWayTo = CASE WHEN :state = 'queued' THEN yieldTo END,
                yieldCause = NULL, yieldGraceSeconds = NULL, yieldAt = NULL, yieldTo = NULL, stopGraceSeconds = NULL, stopSave = NULL,
                exitCode = NULL, exitSignal = NULL, outOfMemory = NULL
            WHERE id = :id
            """, ["id": id, "state": next.rawValue, "reason": reason, "time": time.milliseconds])
        try appendEvent(session: id, actor: actor, event: next.rawValue, detail: reason, at: time)
        return true
    }

    /// Queues a session that was paused, stopped or has failed; its age counts from now.
    package func resumeSession(id: Int64, actor: String, at time: Date) throws {
        let session = try requireSession(id: id)
        guard session.record.state.allows(.queued), !session.record.holdsPlace || session.record.state.isFinal else {
            throw Failure.wrongState(session.name, session.record.state, needed: "only a session that is paused or stopped can go on")
        }
        try execute(
            """
            UPDATE session SET state = 'queued', reason = NULL, node = NULL, devices = NULL, queuedAt = :time, waitingSince = :time,
                finishedAt = NULL, hasBegun = 0, gaveWayTo = NULL, stopGraceSeconds = NULL, stopSave = NULL, exitCode = NULL,
                exitSignal = NULL, outOfMemory = NULL
            WHERE id = :id
            """, ["id": id, "time": time.milliseconds])
        try appendEvent(session: id, actor: actor, event: "resume", detail: "", at: time)
        try appendEvent(session: id, actor: actor, event: SessionState.queued.rawValue, detail: "goes on where it was", at: time)
    }

    /// Whether the code has bound what it needs to go on from a checkpoint.
    package func setCodeResumes(id: Int64, _ resumes: Bool) throws {
        try execute("UPDATE session SET codeResumes = ? WHERE id = ? AND codeResumes <> ?", [resumes, id, resumes])
    }

    /// The newest checkpoint of a session, and the newest whose name its own code chose; `platformNames` are ours.
    package func newestCheckpoint(session id: Int64, except platformNames: Set<String> = []) throws -> CheckpointRecord? {
        try checkpoints(session: id).last { !platformNames.contains($0.name.rawValue) }
    }

    /// What each user's sessions used of late, in device-seconds, and until when that is counted.
    package func deviceUsage() throws -> [(user: UserName, deviceSeconds: Double, at: Date)] {
        try all("SELECT user, deviceSeconds, at FROM deviceUsage") { ($0.user(), $0.real(), $0.date()) }
    }

    package func setDeviceUsage(_ usage: [UserName: Double], at time: Date) throws {
        for (user, seconds) in usage {
            // A user who has been removed has no turns.
            try execute(
                """
                INSERT INTO deviceUsage (user, deviceSeconds, at) SELECT name, :seconds, :time FROM user WHERE name = :user
                ON CONFLICT DO UPDATE SET deviceSeconds = excluded.deviceSeconds, at = excluded.at
                """, ["user": user.rawValue, "seconds": seconds, "time": time.milliseconds])
        }
    }
}
