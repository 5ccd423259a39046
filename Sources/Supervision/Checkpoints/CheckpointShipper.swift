import API
import Content
import Foundation
import Glibc
import Logging

/// Stores the checkpoints of a session with the server, one after the other, as long as it takes. Training goes on meanwhile.
///
/// A checkpoint's directory is first moved out of the session's reach, to `staging/checkpoint-OFFSET`; it is deleted when the
/// server has it and that is written down.
struct CheckpointShipper: Sendable {
    let plan: SessionPlan
    let share: OpenDirectory
    let staging: OpenDirectory
    let stagingPath: String
    let pending: PendingCheckpoints
    let shipped: ShippedState
    let connection: any ServerConnection
    let watcher: FileWatcher
    let refusals: Refusals
    let output: OutputNotes
    let log: Logger
    /// Whether no checkpoint will be added any more.
    let hasEnded: @Sendable () -> Bool

    static func stagingName(_ checkpoint: JournalLine.Checkpoint) -> String { "checkpoint-\(checkpoint.offset)" }

    /// Returns when the session has ended and all its checkpoints are stored.
    func run() async throws {
        for await _ in watcher.changes(of: Share.checkpoints) {
            let ended = hasEnded()
            while let checkpoint = pending.first {
                try await store(checkpoint)
                // First the note: a supervisor that starts anew must not look for what was deleted.
                try await writeDown(checkpoint)
                remove(checkpoint)
                pending.removeFirst()
                watcher.poke(Share.journal)
            }
            if ended { return }
        }
        try Task.checkCancellation()
    }

    /// Waits for room on the disk if there is none.
    private func writeDown(_ checkpoint: JournalLine.Checkpoint) async throws {
        var backoff = Backoff()
        while true {
            do {
                return try shipped.update { $0.checkpoints = max($0.checkpoints, checkpoint.offset + 1) }
            } catch {
                log.warning("a stored checkpoint could not be noted", metadata: ["error": "\(error)"])
                try await Task.sleep(for: backoff.next())
            }
        }
    }

    private func store(_ checkpoint: JournalLine.Checkpoint) async throws {
        var backoff = Backoff()
        var isTold = false
        while true {
            // Looked at before the attempt, so that the last one is after the end.
            let ended = hasEnded()
            do {
                try await tryStore(checkpoint)
                refusals.succeeded()
                return
            } catch let failure as Failure where failure.code == .localError || failure.code == .corruptContent {
                output.warn("the checkpoint '\(checkpoint.name)' could not be stored: \(failure)")
                return
            } catch let error as SystemError {
                output.warn("the checkpoint '\(checkpoint.name)' could not be stored: \(error)")
                return
            } catch let failure as Failure where failure.code == .overQuota {
                // Its owner may make room as long as it runs; after that nobody may wait for its place.
                guard !ended else {
                    output.warn("the checkpoint '\(checkpoint.name)' was not stored: \(failure)")
                    return
                }
                if !isTold { output.warn("the checkpoint '\(checkpoint.name)' waits to be stored: \(failure)") }
                isTold = true
            } catch {
                try refusals.check(error, log: log)
                if case .refused(let failure) = ServerRefusal(error) {
                    output.warn("the checkpoint '\(checkpoint.name)' was not stored: \(failure)")
                    return
                }
            }
            try await Task.sleep(for: backoff.next())
        }
    }

    private func tryStore(_ checkpoint: JournalLine.Checkpoint) async throws {
        let name = Self.stagingName(checkpoint)
        let directory = try take(checkpoint, as: name)
        let checkpointName = try CheckpointName(parsing: checkpoint.name)
        let bytes = try directory.totalBytes()
        if let limit = plan.checkpointLimitBytes, bytes > limit {
            output.say("NSML Warning) Cannot upload models over \(Double(limit))")
            return
        }
        let manifest = try await connection.pushTree(URL(filePath: "\(stagingPath)/\(name)", directoryHint: .isDirectory))
        try await connection.addCheckpoint(
            NewCheckpoint(
                epoch: plan.epoch, sequence: checkpoint.offset, name: checkpointName, time: checkpoint.time,
                step: checkpoint.step, summary: checkpoint.summary, manifest: manifest))
        do {
            try KnownCheckpoints(files: SessionFiles(directory: plan.sessionDirectory)).add(checkpointName, manifest: manifest)
        } catch {
            // Only loading it while the server is away needs that.
            log.warning("a stored checkpoint could not be noted for loading", metadata: ["error": "\(error)"])
        }
        log.info("a checkpoint is stored", metadata: ["name": "\(checkpoint.name)", "bytes": "\(bytes)"])
    }

    /// Moves the directory out of the session's reach, unless that was done before.
    private func take(_ checkpoint: JournalLine.Checkpoint, as name: String) throws -> OpenDirectory {
        // Not there is the usual case.
        if let taken = try? staging.directory(name) { return taken }
        let parts = checkpoint.directory.split(separator: "/").map(String.init)
        guard parts.count == 2, parts[0] == Share.checkpoints else {
            throw Failure(.localError, "'\(checkpoint.directory)' is no directory of a checkpoint")
        }
        try share.directory(Share.checkpoints).move(parts[1], to: staging, as: name)
        do {
            return try staging.directory(name)
        } catch {
            // A file or a link under the name of a directory.
            try staging.remove(name)
            throw error
        }
    }

    private func remove(_ checkpoint: JournalLine.Checkpoint) {
        let stored = "stored-\(checkpoint.offset)"
        do {
            // Away from its name at once: who loads it at this moment must see that it has not got all.
            let name = Self.stagingName(checkpoint)
            if staging.holds(name) { try staging.move(name, to: staging, as: stored) }
            try staging.remove(stored)
        } catch {
            log.warning("a stored checkpoint could not be deleted here", metadata: ["error": "\(error)"])
        }
    }
}
