package import API
import Foundation
package import Store

/// Sessions that do again what others did, and how they compare.
package struct Reproductions: Sendable {
    private let store: Store
    private let creation: SessionCreation

    package init(store: Store, creation: SessionCreation) {
        self.store = store
        self.creation = creation
    }

    /// Makes a session that does again what another did: the same code, data, arguments, resources, checkpoint, environment and
    /// variables, and the changes that were made by hand.
    package func reproduce(_ name: SessionName, _ request: ReproductionRequest, by identity: Identity) async throws -> SessionRecord {
        let source = try await store.read { transaction in
            let source = try transaction.visibleSession(name, to: identity)
            guard [.normal, .fork, .reproduction].contains(source.record.type) else {
                throw Failure(
                    .invalidRequest, "session \(name) is of type \(source.record.type.rawValue): it did not train",
                    hint: "only what trained can be done again")
            }
            guard source.record.state.isFinal else {
                throw Failure.wrongState(
                    name, source.record.state, needed: "'nsml wait \(name)' waits for its end, with which the new one is compared")
            }
            try transaction.checkDatasets(of: source.record, for: identity)
            // A checkpoint of a session that the caller may not see stays hidden, whoever began with it.
            if let parent = source.record.parent, let owner = try transaction.session(parent.session),
                !Access.mayRead(owner.record, identity)
            {
                throw Failure.noCheckpoint(parent)
            }
            return source
        }
        let record = source.record
        let new = NewSession(
            workspace: nil, entry: record.entry, arguments: record.arguments, datasets: record.datasets, resources: record.resources,
            priority: request.priority, memo: request.memo ?? "reproduces \(name)", label: request.label,
            isPrivate: record.isPrivate || request.isPrivate, keep: record.keep, network: record.network,
            outputDirectory: source.outputDirectory, type: .reproduction, parent: record.parent)
        let origin = SessionCreation.Origin(
            record, checkpointManifest: source.checkpointManifest, addedArguments: record.addedArguments ?? [], repeats: source.id)
        return try await creation.create(new, from: origin, by: identity).record
    }

    /// Two sessions that the caller may see, side by side.
    package func compare(_ name: SessionName, with other: SessionName, for identity: Identity) async throws -> SessionComparison {
        let (left, right) = try await store.read { transaction in
            (try transaction.visibleSession(name, to: identity), try transaction.visibleSession(other, to: identity))
        }
        return try await Self.compare(left, right, in: store)
    }

    /// What a session ran with, as its supervisor found it.
    package func environment(of name: SessionName, for identity: Identity) async throws -> EnvironmentRecord {
        try await store.read { transaction in
            let session = try transaction.visibleSession(name, to: identity)
            guard let record = try transaction.environmentRecord(id: session.id) else {
                throw Failure(.notFound, "it is not known what session \(name) ran with", hint: "it has not started")
            }
            return record
        }
    }

    private static func compare(_ session: StoredSession, _ other: StoredSession, in store: Store) async throws -> SessionComparison {
        let (record, otherRecord) = try await store.read { transaction in
            (try transaction.environmentRecord(id: session.id), try transaction.environmentRecord(id: other.id))
        }
        let differences = SessionDifferences(
            session: session.record, other: other.record, record: record, otherRecord: otherRecord
        ).sentences
        return SessionComparison(
            session: session.name, other: other.name, metrics: try await store.series.comparison(of: session.id, with: other.id),
            differences: differences)
    }

    /// Writes down how a session that has ended compares with what it did again. Does nothing for others, and never fails what ended.
    static func judge(_ session: StoredSession, in store: Store) async {
        guard session.record.type == .reproduction, let origin = session.record.origin else { return }
        var verdict = "\(origin) is not there any more: there is nothing to compare with"
        do {
            if let original = try await store.read({ try $0.session(origin) }) {
                verdict = try await compare(session, original, in: store).verdict
            }
        } catch {
            verdict = "it could not be compared with \(origin): \(error)"
        }
        // A database that takes no event is told of by everything else that writes.
        try? await store.write { [verdict] transaction in
            _ = try transaction.appendEvent(session: session.id, actor: "platform", event: "compared", detail: verdict, at: Date())
        }
    }
}
