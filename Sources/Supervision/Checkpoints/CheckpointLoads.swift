import API
import Content
import Foundation
import Glibc
import Synchronization

/// Lays out checkpoints for `nsml.load` in the shared directory: `loads/000001` and so on, each the session's own.
final class CheckpointLoads: Sendable {
    private let plan: SessionPlan
    private let share: OpenDirectory
    private let staging: OpenDirectory
    private let stagingPath: String
    private let pending: PendingCheckpoints
    private let connection: any ServerConnection
    private let count: Mutex<Int>

    init(
        plan: SessionPlan, share: OpenDirectory, staging: OpenDirectory, stagingPath: String, pending: PendingCheckpoints,
        connection: any ServerConnection
    ) throws {
        self.plan = plan
        self.share = share
        self.staging = staging
        self.stagingPath = stagingPath
        self.pending = pending
        self.connection = connection
        // An earlier supervisor may have laid out some.
        let loads = try share.makeDirectory(Share.loads)
        count = Mutex(try loads.entries().compactMap { $0.text.flatMap { Int($0) } }.max() ?? 0)
    }

    /// Lays out the checkpoint and answers with its directory, relative to the shared one; `session` nil is this session.
    /// Throws `not_found` with `USER/DATASET/N/nsml_model/NAME` for one that is not there.
    func load(session: String?, name: String) async throws -> String {
        let source = try session.map { try SessionName(parsing: $0) } ?? plan.session
        let number = count.withLock { count in
            count += 1
            return String(format: "%06d", count)
        }
        let staged = "load-\(number)"
        try staging.remove(staged)
        // One just saved may be on its way to the server, for hours if the server is down; then it is taken from here.
        if source == plan.session, let checkpoint = pending.newest(named: name), try copyPending(checkpoint, as: staged) {
            return try publish(staged, as: number)
        }
        let reference = CheckpointReference(session: source, checkpoint: try CheckpointName(parsing: name))
        let target = URL(filePath: "\(stagingPath)/\(staged)", directoryHint: .isDirectory)
        do {
            try await connection.fetchCheckpoint(reference, into: target)
        } catch let failure as Failure where failure.code == .notFound {
            throw Failure(.notFound, "\(source)/nsml_model/\(name)")
        } catch let failure as Failure where [.serverUnreachable, .timeout, .unavailable].contains(failure.code) {
            try layOutHere(reference, at: target, because: failure)
        }
        return try publish(staged, as: number)
    }

    /// The server is away: what lies on this node does as well.
    private func layOutHere(_ reference: CheckpointReference, at target: URL, because away: Failure) throws {
        guard let digest = KnownCheckpoints.manifest(of: reference, for: plan) else {
            throw Failure(
                .unavailable, "the checkpoint \(reference) cannot be had now: \(away.message), and this node does not know it",
                hint: "load it again when the server is back")
        }
        let store = try ContentStore(directory: URL(filePath: plan.contentDirectory, directoryHint: .isDirectory), isWriter: false)
        do {
            // What an interrupted fetch has left.
            try TreeRemoval.remove(target.path)
            try store.layOut(try Manifest(bytes: store.read(digest)).entries, at: target, as: .writable, flushes: false)
        } catch let failure as Failure where failure.code == .notFound {
            throw Failure(
                .unavailable, "the checkpoint \(reference) cannot be had now: \(away.message), and not all of it is on this node",
                hint: "load it again when the server is back")
        }
    }

    private func publish(_ staged: String, as number: String) throws -> String {
        if let userId = plan.userId { try staging.directory(staged).giveTo(user: userId) }
        try staging.move(staged, to: share.makeDirectory(Share.loads), as: number)
        return "\(Share.loads)/\(number)"
    }

    /// False when it has been stored and deleted meanwhile.
    private func copyPending(_ checkpoint: JournalLine.Checkpoint, as name: String) throws -> Bool {
        guard let source = openPending(checkpoint) else { return false }
        do {
            try source.copy(into: staging.makeDirectory(name))
            // Still there: so it was whole all the time.
            if openPending(checkpoint) != nil { return true }
            try staging.remove(name)
            return false
        } catch let error where error.code == ENOENT {
            try staging.remove(name)
            return false
        }
    }

    /// Where the session put it, or where the shipper has taken it.
    private func openPending(_ checkpoint: JournalLine.Checkpoint) -> OpenDirectory? {
        let parts = checkpoint.directory.split(separator: "/").map(String.init)
        guard parts.count == 2, parts[0] == Share.checkpoints else { return nil }
        // Each may not be there: then the other is, or the checkpoint has been stored.
        if let waiting = try? share.directory(Share.checkpoints).directory(parts[1]) { return waiting }
        return try? staging.directory(CheckpointShipper.stagingName(checkpoint))
    }
}
