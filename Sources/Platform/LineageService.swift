package import API
import Foundation
package import Store

/// Sessions that are made from others: forks, and where each comes from.
package struct LineageService: Sendable {
    /// A longer line of ancestors is cut; nobody reads it.
    private static let maximumAncestors = 1000
    private static let maximumDescendants = 1000

    private let store: Store
    private let creation: SessionCreation

    package init(store: Store, creation: SessionCreation) {
        self.store = store
        self.creation = creation
    }

    /// Makes a session with the code, the data, the arguments and a checkpoint of another that the caller may see.
    package func fork(_ name: SessionName, _ request: ForkRequest, by identity: Identity) async throws -> SessionRecord {
        let (source, parent, iteration) = try await store.read { transaction in
            let source = try transaction.visibleSession(name, to: identity)
            try Self.checkIsTraining(source.record)
            try transaction.checkDatasets(of: source.record, for: identity)
            let parent = try Self.parent(of: request, source, in: transaction)
            // Scripts reckon with names that they chose themselves (`int(config.iteration) + 1`).
            let ours = SessionStarter.platformCheckpoints
            let isOurs = parent.map { ours.contains($0.checkpoint.rawValue) } ?? false
            return (source, parent, isOurs ? try transaction.newestCheckpoint(session: source.id, except: ours)?.name : nil)
        }
        let record = source.record
        var resources = record.resources
        resources.gpus = request.gpus ?? resources.gpus
        resources.cpus = request.cpus ?? resources.cpus
        resources.memoryBytes = request.memoryBytes ?? resources.memoryBytes
        resources.sharedMemoryBytes = request.sharedMemoryBytes ?? min(resources.sharedMemoryBytes, resources.memoryBytes)
        let new = NewSession(
            workspace: nil, entry: record.entry, arguments: request.arguments ?? record.arguments, datasets: record.datasets,
            resources: resources, priority: request.priority, memo: request.memo ?? "fork of \(parent?.description ?? name.description)",
            label: request.label, isPrivate: record.isPrivate || request.isPrivate, keep: request.keep ?? record.keep,
            network: request.network ?? record.network, outputDirectory: source.outputDirectory, type: .fork, parent: parent)
        return try await creation.create(new, from: SessionCreation.Origin(record, iteration: iteration), by: identity).record
    }

    /// The checkpoint to begin with: the one asked for, else the one that was saved last, else none.
    private static func parent(of request: ForkRequest, _ source: StoredSession, in transaction: Transaction) throws -> CheckpointReference?
    {
        if let name = request.checkpoint {
            guard !request.withoutCheckpoint else {
                throw Failure(.invalidRequest, "checkpoint '\(name)' was named, and none was asked for", hint: "say one of the two")
            }
            let reference = CheckpointReference(session: source.name, checkpoint: name)
            guard try transaction.checkpoint(session: source.id, name) != nil else { throw Failure.noCheckpoint(reference) }
            return reference
        }
        guard !request.withoutCheckpoint else { return nil }
        return try transaction.newestCheckpoint(session: source.id).map { CheckpointReference(session: source.name, checkpoint: $0.name) }
    }

    private static func checkIsTraining(_ session: SessionRecord) throws {
        switch session.type {
        case .normal, .fork, .reproduction: return
        case .infer, .submit, .submitTest:
            throw Failure(
                .invalidRequest, "session \(session.name) is of type \(session.type.rawValue): it did not train",
                hint: session.origin.map { "'nsml fork \($0)' forks the one that did" })
        }
    }

    // MARK: Families

    /// Where a session comes from, and what came of it.
    package func family(of name: SessionName, for identity: Identity) async throws -> Family {
        try await store.read { transaction in
            let session = try transaction.visibleSession(name, to: identity)
            var family = Family()
            var next = session.record.origin
            var seen: Set<SessionName> = [name]
            while let ancestor = next, seen.insert(ancestor).inserted, family.ancestors.count < Self.maximumAncestors {
                let found = try transaction.session(ancestor)
                let visible = found.flatMap { !$0.isBeingRemoved && Access.mayRead($0.record, identity) ? $0.record : nil }
                family.ancestors.insert(visible.map(FamilyMember.init) ?? FamilyMember(session: ancestor), at: 0)
                next = visible?.origin
            }
            try Self.descend(from: name, into: &family, transaction, identity)
            return family
        }
    }

    private static func descend(from name: SessionName, into family: inout Family, _ transaction: Transaction, _ identity: Identity) throws
    {
        for child in try transaction.children(of: name, limit: maximumDescendants) where Access.mayRead(child.record, identity) {
            guard family.descendants.count < maximumDescendants else {
                family.isCut = true
                return
            }
            family.descendants.append(FamilyMember(child.record))
            try descend(from: child.name, into: &family, transaction, identity)
        }
    }
}

extension FamilyMember {
    init(_ session: SessionRecord) {
        self.init(
            session: session.name, origin: session.origin, checkpoint: session.parent, type: session.type, state: session.state,
            createdAt: session.createdAt, memo: session.memo)
    }
}

extension Transaction {
    /// Throws when a session's data is not there for the caller, with a sentence that says whose data it is.
    func checkDatasets(of session: SessionRecord, for identity: Identity) throws {
        for reference in session.datasets {
            do {
                _ = try visibleVersion(reference, to: identity)
            } catch let failure as Failure where failure.code == .notFound {
                throw Failure(
                    .notFound, "session \(session.name) was run on dataset '\(reference)', which is not there for you",
                    hint: "it was removed, or is private: ask its owner")
            }
        }
    }
}
