package import API
import Content
import Foundation
package import Store

/// Makes sessions: checks what is asked for, writes it down as queued and tells the dispatcher. What `run` and
/// `infer` have in common.
package struct SessionCreation: Sendable {
    private static let maximumArguments = 1000
    private static let maximumArgumentBytes = 100_000
    private static let maximumMemoBytes = 10_000

    private let store: Store
    private let contents: ContentService
    private let rerun: RerunArguments
    private let dispatcher: Dispatcher
    private let quota: StorageQuota

    package init(store: Store, contents: ContentService, rerun: RerunArguments, dispatcher: Dispatcher, quota: StorageQuota) {
        self.quota = quota
        self.store = store
        self.contents = contents
        self.rerun = rerun
        self.dispatcher = dispatcher
    }

    /// Where a session comes from that is not run by itself.
    package struct Origin: Sendable {
        /// Whose code it takes.
        package var session: SessionName
        package var workspace: Digest
        /// The files of the checkpoint that it begins with; nil: those of its parent as they are now.
        package var checkpointManifest: Digest?
        /// What is added to the arguments; nil: what can be read of the script.
        package var addedArguments: [String]?
        /// The session that is done again, with its environment and its changes by hand; nil: none is.
        package var repeats: Int64?
        /// What the code is told that it goes on from, where that is not the checkpoint's own name.
        package var iteration: CheckpointName?

        package init(
            _ session: SessionRecord, checkpointManifest: Digest? = nil, addedArguments: [String]? = nil, repeats: Int64? = nil,
            iteration: CheckpointName? = nil
        ) {
            self.session = session.name
            workspace = session.workspace
            self.checkpointManifest = checkpointManifest
            self.addedArguments = addedArguments
            self.repeats = repeats
            self.iteration = iteration
        }
    }

    package func create(_ new: NewSession, from origin: Origin? = nil, by identity: Identity) async throws -> StoredSession {
        try await create(new, from: origin, by: identity) { _, _ in }.session
    }

    /// - Parameters:
    ///   - origin: a session that the caller may see, and whose code this one takes; nil: its parent's, or its own.
    ///   - also: what is written together with the session, before anybody can start it.
    package func create<Value: Sendable>(
        _ new: NewSession, from origin: Origin? = nil, by identity: Identity,
        also: @escaping @Sendable (Transaction, StoredSession) throws -> Value
    ) async throws -> (session: StoredSession, also: Value) {
        try Self.check(new)
        if let never = await dispatcher.whyNever(new.resources, for: identity.user) {
            throw Failure(.cannotFit, "this can never run here: \(never)", hint: "ask for less, or see 'nsml status' for what there is")
        }
        var origin = origin
        if origin == nil, let parent = new.parent {
            origin = Origin(try await store.read { try $0.visibleSession(parent.session, to: identity) }.record)
        }
        let tree = origin == nil ? try await workspace(of: new, for: identity) : nil
        guard let workspace = origin?.workspace ?? new.workspace else { throw Self.noWorkspace }
        let added =
            try origin?.addedArguments
            ?? (origin?.iteration.map { .fork($0) } ?? Rerun.Purpose(of: new)).map {
                try rerun.arguments(for: $0, workspace: workspace, entry: new.entry, given: new.arguments)
            }
        let (session, value) = try await store.write { [origin, tree] transaction in
            // Questions to a model and submissions keep nothing.
            if new.type == .normal { try quota.allowRun(of: identity.user, in: transaction) }
            var datasets: [DatasetReference] = []
            for reference in new.datasets {
                let version = try transaction.visibleVersion(reference, to: identity)
                datasets.append(DatasetReference(name: reference.name, version: version.number))
            }
            // As long as the other session is here, so is its code.
            if let origin, try transaction.session(origin.session) == nil { throw Failure.noSession(origin.session) }
            try tree?.require(in: transaction)
            if !new.isPrivate, let tree { try transaction.publishContent(tree.digests) }
            let manifest = try origin?.checkpointManifest ?? new.parent.map { try transaction.visibleCheckpoint($0, to: identity).manifest }
            let session = try transaction.insertSession(
                NewSessionRow(
                    user: identity.user, dataset: datasets.first?.name ?? .none, request: new, workspace: workspace, datasets: datasets,
                    resources: new.resources, keep: new.keep, createdAt: Date(), addedArguments: added ?? [], origin: origin?.session,
                    checkpointManifest: manifest))
            if let original = origin?.repeats { try transaction.repeatSession(original, by: session.id) }
            return (session, try also(transaction, session))
        }
        await dispatcher.submitted(session)
        // It may have been started already: the caller is told how things stand now.
        return (try await store.read { try $0.session(id: session.id) } ?? session, value)
    }

    private static let noWorkspace = Failure(
        .invalidRequest, "a session needs a workspace", hint: "push one, and give the digest of its manifest")

    private func workspace(of new: NewSession, for identity: Identity) async throws -> AcceptedTree {
        guard let digest = new.workspace else { throw Self.noWorkspace }
        let tree = try await contents.acceptManifest(digest, from: identity)
        guard tree.manifest.entries.contains(where: { $0.path == new.entry }) else {
            throw Failure.noSuch("entry", new.entry, hint: "it is not in the workspace; give another with -e FILE")
        }
        quota.claimed(tree.manifest.totalBytes, by: identity.user)
        return tree
    }

    private static func check(_ new: NewSession) throws {
        try Manifest.checkPath(new.entry)
        try checkPriority(new.priority)
        try checkMemo(new.memo)
        if let label = new.label, label.isEmpty || label.unicodeScalars.count > 100 {
            throw Failure.invalidValue("name", label, expected: "1 to 100 characters")
        }
        guard new.arguments.count <= maximumArguments, new.arguments.reduce(0, { $0 + $1.utf8.count }) <= maximumArgumentBytes,
            !new.arguments.contains(where: { $0.utf8.contains(0) })
        else {
            throw Failure(
                .invalidValue, "the arguments are too many or too long",
                hint: "at most \(maximumArguments), \(maximumArgumentBytes) bytes together")
        }
        guard Set(new.datasets.map(\.name)).count == new.datasets.count, new.datasets.count <= 100 else {
            throw Failure(.invalidRequest, "a dataset is named twice, or there are more than 100")
        }
        let resources = new.resources
        guard resources.gpus >= 0 else { throw Failure.invalidValue("gpus", "\(resources.gpus)", expected: "0 or more") }
        guard resources.cpus >= 1 else { throw Failure.invalidValue("cpus", "\(resources.cpus)", expected: "1 or more") }
        guard (16_000_000...Wire.exactIntegers.upperBound).contains(resources.memoryBytes) else {
            throw Failure.invalidValue("memory", "\(resources.memoryBytes)", expected: "16 MB or more, as in --memory 24G")
        }
        guard (0...Wire.exactIntegers.upperBound).contains(resources.sharedMemoryBytes) else {
            throw Failure.invalidValue("shm-size", "\(resources.sharedMemoryBytes)", expected: "0 or more, as in --shm-size 1G")
        }
    }

    package static func checkPriority(_ priority: Int) throws {
        guard (-100...100).contains(priority) else {
            throw Failure.invalidValue("priority", "\(priority)", expected: "-100 to 100; larger goes first")
        }
    }

    package static func checkMemo(_ memo: String) throws {
        guard memo.utf8.count <= maximumMemoBytes else {
            throw Failure.tooLarge("the memo", bytes: Int64(memo.utf8.count), limit: Int64(maximumMemoBytes))
        }
    }
}
