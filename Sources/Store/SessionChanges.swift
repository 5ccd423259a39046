package import API
package import Foundation
import GRDB

/// What happens to a session. Every change of state and every wish of a user is an event row in the same transaction.
extension Transaction {
    /// Moves a session to another state. False, and nothing happens, when it is there already; throws `wrong_state` when there is no way.
    ///
    /// The start of this placement's process, and the end, are noted from `time`. A session that is queued again loses its placement, and
    /// keeps its age.
    @discardableResult
    package func setState(
        id: Int64, to next: SessionState, reason: String? = nil, exit: ProcessExit? = nil, at time: Date, actor: String
    ) throws -> Bool {
        let session = try requireSession(id: id)
        let state = session.record.state
        guard state != next else { return false }
        guard state.allows(next) else {
            throw Failure.wrongState(session.name, state, needed: "it cannot become \(next.rawValue) from there")
        }
        try execute(
            """
            UPDATE session SET state = :state, reason = :reason,
                startedAt = CASE WHEN :state = 'running' AND startedEpoch IS NOT epoch THEN :time ELSE startedAt END,
                startedEpoch = CASE WHEN :state = 'running' THEN epoch ELSE startedEpoch END,
                finishedAt = CASE WHEN :isFinal THEN :time END,
                waitingSince = CASE WHEN :state = 'queued' THEN :time ELSE waitingSince END,
                hasBegun = CASE WHEN :state = 'queued' THEN 1 ELSE hasBegun END,
                node = CASE WHEN :state <> 'queued' THEN node END, devices = CASE WHEN :state <> 'queued' THEN devices END,
                exitCode = :exitCode, exitSignal = :signal, outOfMemory = :outOfMemory, memoryPeakBytes = :peak
            WHERE id = :id
            """,
            [
                "id": id, "state": next.rawValue, "reason": reason, "time": time.milliseconds, "isFinal": next.isFinal,
                "exitCode": exit?.exitCode, "signal": exit?.signal, "outOfMemory": exit?.outOfMemory, "peak": exit?.memoryPeakBytes,
            ])
        try appendEvent(session: id, actor: actor, event: next.rawValue, detail: reason ?? "", at: time)
        return true
    }

    /// Gives a queued session its place and makes it preparing. Returns the placement's epoch, which its supervisor must name.
    package func place(id: Int64, placement: Placement, at time: Date, actor: String = "platform") throws -> Int {
        let session = try requireSession(id: id)
        guard session.record.state == .queued else {
            throw Failure.wrongState(session.name, session.record.state, needed: "only a queued session can be placed")
        }
        try execute(
            """
            UPDATE session SET node = ?, devices = ?, epoch = epoch + 1, stopGraceSeconds = NULL, stopSave = NULL, yieldCause = NULL,
                yieldGraceSeconds = NULL, yieldAt = NULL, yieldTo = NULL
            WHERE id = ?
            """,
            [placement.node, try jsonColumn(placement.devices), id])
        try setState(id: id, to: .preparing, at: time, actor: actor)
        return session.epoch + 1
    }

    /// Why a session waits, for people; no event.
    package func setReason(id: Int64, _ reason: String?) throws {
        try execute("UPDATE session SET reason = ? WHERE id = ? AND reason IS NOT ?", [reason, id, reason])
    }

    /// Notes that a session is to stop; a later request replaces an earlier one. Throws `wrong_state` when it has ended.
    package func requestStop(id: Int64, _ request: StopRequest, actor: String, at time: Date) throws {
        let session = try requireSession(id: id)
        guard !session.record.state.isFinal else {
            throw Failure.wrongState(session.name, session.record.state, needed: "it has ended already")
        }
        try execute(
            "UPDATE session SET stopGraceSeconds = ?, stopSave = ? WHERE id = ?", [request.graceSeconds, request.save, id])
        try appendEvent(session: id, actor: actor, event: "stop", detail: request.save ? "save" : "", at: time)
    }

    /// Sets what `change` names; an event for each.
    @discardableResult
    package func changeSession(id: Int64, _ change: SessionChange, actor: String, at time: Date) throws -> StoredSession {
        try execute(
            """
            UPDATE session SET memo = coalesce(:memo, memo), label = coalesce(:label, label), priority = coalesce(:priority, priority),
                keep = coalesce(:keep, keep), isPrivate = coalesce(:isPrivate, isPrivate)
            WHERE id = :id
            """,
            [
                "id": id, "memo": change.memo, "label": change.label, "priority": change.priority, "keep": change.keep?.description,
                "isPrivate": change.isPrivate,
            ])
        let changes = [
            ("memo", change.memo), ("label", change.label), ("priority", change.priority?.description),
            ("keep", change.keep?.description), ("isPrivate", change.isPrivate?.description),
        ]
        for case (let field, let value?) in changes {
            try appendEvent(session: id, actor: actor, event: field, detail: value, at: time)
        }
        return try requireSession(id: id)
    }

    /// Keeps the values of the newest report with `summary=True`, and its step.
    package func setSummary(id: Int64, summary: [String: MetricValue], step: Int64?) throws {
        try execute("UPDATE session SET summary = ?, step = ? WHERE id = ?", [try jsonColumn(summary), step, id])
    }

    package func setEnvironment(id: Int64, _ environment: String) throws {
        try execute("UPDATE session SET environment = ? WHERE id = ?", [environment, id])
    }

    package func setOutputBytes(id: Int64, _ bytes: Int64) throws {
        try execute("UPDATE session SET outputBytes = ? WHERE id = ?", [bytes, id])
    }
}
