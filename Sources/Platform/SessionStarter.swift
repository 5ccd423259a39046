package import API
import Content
import Foundation
import Glibc
package import Logging
package import Store

/// Starts a session that has been placed: writes what its supervisor needs, then calls the executor.
package struct SessionStarter: Sendable {
    private let store: Store
    private let rerun: RerunArguments
    private let configuration: PlatformConfiguration
    private let directory: DataDirectory
    private let executor: any Executor
    private let logger: Logger

    package init(
        store: Store, rerun: RerunArguments, configuration: PlatformConfiguration, directory: DataDirectory, executor: any Executor,
        logger: Logger
    ) {
        self.store = store
        self.rerun = rerun
        self.configuration = configuration
        self.directory = directory
        self.executor = executor
        self.logger = logger
    }

    /// Of which placement there is a plan in a session's directory; nil when there is none.
    static func plannedEpoch(in home: URL) -> Int? {
        // What cannot be read is written again.
        guard let data = try? Data(contentsOf: home.appending(path: "plan.json")) else { return nil }
        return try? Wire.decoder().decode(SessionPlan.self, from: data).epoch
    }

    /// Queued becomes preparing, under a new epoch and with a token of its own.
    ///
    /// - Parameter placement: nil: a session that has its place already, of which the start was cut short. Where it was not, nothing is done.
    package func start(_ id: Int64, on placement: Placement?) async throws {
        let secret = Secret()
        let now = Date()
        let home = directory.session(id)
        let made = try await store.write { transaction -> (StoredSession, SessionPlan, CheckpointName?)? in
            if let placement { _ = try transaction.place(id: id, placement: placement, at: now) }
            guard let placed = try transaction.session(id: id) else {
                throw Failure(.notFound, "session \(id) is gone")
            }
            if placement == nil {
                guard placed.record.state == .preparing, Self.plannedEpoch(in: home) != placed.epoch else { return nil }
            }
            try transaction.removeTokens(ofSession: placed.record.name)
            _ = try transaction.insertToken(
                user: placed.record.name.user, session: placed.record.name, label: "session", hash: secret.hash, createdAt: now,
                expiresAt: nil)
            let plan = try self.plan(for: placed, in: transaction)
            let own = try transaction.newestCheckpoint(session: id, except: Self.platformCheckpoints)
            // A fork that has saved nothing of its own keeps the name with which it began.
            let isFork = placed.record.parent != nil
            return (placed, plan, plan.keepsCode ? own?.name ?? (isFork ? nil : plan.checkpoint?.checkpoint) : nil)
        }
        guard let (session, planned, iteration) = made else { return }
        var plan = planned
        if let iteration {
            // The name given is the last that the code itself chose, since scripts reckon with it (`int(config.iteration) + 1`), even
            // where a newer one is loaded.
            plan.addedArguments = try rerun.arguments(
                for: .resume(iteration), workspace: plan.workspace, entry: plan.entry, given: plan.arguments)
        }
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        chmod(home.path, 0o711)
        try DurableFile.write(
            [
                ("token-\(plan.epoch)", Array(secret.text.utf8)),
                ("plan.json", Array(try Wire.encoder(pretty: true).encode(plan))),
            ], in: home.path)
        try executor.startSupervisor(in: home)
        logger.info("session started", metadata: ["session": "\(session.record.name)", "node": "\(session.record.placement?.node ?? "")"])
    }

    /// A session whose start failed has failed, with the reason; one that is over already stays as it is. False when that could not be
    /// written down.
    package func giveUp(_ id: Int64, because error: any Error) async -> Bool {
        let reason = "could not be started: \((error as? Failure)?.message ?? "\(error)")"
        do {
            try await store.write { transaction in
                // One that was paused meanwhile is none that failed.
                guard let session = try transaction.session(id: id), [.queued, .preparing].contains(session.record.state) else { return }
                try transaction.setState(id: id, to: .failed, reason: reason, exit: nil, at: Date(), actor: "platform")
            }
            return true
        } catch {
            logger.error("a failed start could not be recorded", metadata: ["session": "\(id)", "error": "\(error)"])
            return false
        }
    }

    /// The changes that a reproduction has to make yet: one that goes on from a checkpoint has those before it in what it loads, and
    /// counts its safe points anew.
    private static func due(_ changes: [ReplayedChange], after checkpoint: CheckpointRecord?) -> [ReplayedChange] {
        guard let checkpoint else { return changes }
        return changes.filter { $0.step > checkpoint.step ?? -1 }.map { change in
            var change = change
            change.point = -1
            return change
        }
    }

    /// The names of checkpoints that the platform had a session save, see `StopSequence` in Supervision.
    static let platformCheckpoints: Set<String> = ["stopped", "paused", "preempted"]

    private func plan(for session: StoredSession, in transaction: Transaction) throws -> SessionPlan {
        let record = session.record
        let datasets = try record.datasets.map { reference in
            guard let number = reference.version, let version = try transaction.version(of: reference.name, number: number) else {
                throw Failure.noDataset(reference)
            }
            return SessionPlan.Dataset(name: reference.name, version: number, manifest: version.manifest)
        }
        var limit: Int64?
        if let first = record.datasets.first {
            limit = try transaction.dataset(first.name)?.settings.checkpointLimitBytes
        }
        // What it was made with stays its own; one that was made before that was kept asks for it.
        var checkpoint = record.parent
        var checkpointManifest = session.checkpointManifest
        let newest = session.codeResumes && record.startedAt != nil ? try transaction.newestCheckpoint(session: session.id) : nil
        if let newest {
            checkpoint = CheckpointReference(session: record.name, checkpoint: newest.name)
            checkpointManifest = newest.manifest
        } else if let parent = record.parent, checkpointManifest == nil {
            guard let source = try transaction.session(parent.session),
                let checkpoint = try transaction.checkpoint(session: source.id, parent.checkpoint)
            else { throw Failure.noCheckpoint(parent) }
            checkpointManifest = checkpoint.manifest
        }
        let names = Dictionary(configuration.node.devices.map { ($0.index, $0.name) }) { first, _ in first }
        var plan = SessionPlan(
            session: record.name, epoch: session.epoch, serverURL: configuration.serverURL,
            sessionDirectory: directory.session(session.id).path, contentDirectory: directory.content.path,
            environmentsDirectory: directory.environments.path, treesDirectory: directory.trees.path,
            libraryDirectory: configuration.libraryDirectory.path, type: record.type, workspace: record.workspace, entry: record.entry,
            arguments: record.arguments, addedArguments: record.addedArguments, datasets: datasets, resources: record.resources,
            devices: record.placement?.devices ?? [], network: record.network, outputDirectory: session.outputDirectory,
            sandbox: configuration.sandbox,
            userId: configuration.firstUserId.map { $0 + UInt32(session.id % Int64(configuration.userIdCount)) }, checkpoint: checkpoint,
            checkpointManifest: checkpointManifest, checkpointLimitBytes: limit, idleSeconds: configuration.inferIdleSeconds,
            maximumSeconds: session.interactive ? configuration.interactiveSeconds : nil,
            serverFile: directory.serverFile.path, keepsCode: newest != nil,
            deviceNames: record.placement?.devices.compactMap { names[$0] }, lock: try transaction.environmentLock(id: session.id),
            replay: record.type == .reproduction ? Self.due(try transaction.replay(id: session.id), after: newest) : nil)
        if record.type == .submit || record.type == .submitTest { plan.submission = try submission(of: session, in: transaction) }
        return plan
    }

    private func submission(of session: StoredSession, in transaction: Transaction) throws -> SessionPlan.Submission {
        guard let submission = try transaction.openSubmission(session: session.id),
            let dataset = try transaction.dataset(submission.record.dataset.name)
        else { throw Failure(.notFound, "the submission of session \(session.name) is gone") }
        try transaction.noteSubmission(submission.record.number, .running, nil)
        return SessionPlan.Submission(
            isTest: submission.record.isTest, metric: submission.record.metric, batchSize: submission.batchSize,
            startLimitSeconds: submission.record.startLimitSeconds, inferLimitSeconds: submission.record.inferLimitSeconds,
            datasetOwner: dataset.owner)
    }
}
