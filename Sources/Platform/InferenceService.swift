package import API
package import Foundation
package import Store

/// Answers from checkpoints: finds or starts an infer session with the checkpoint loaded, and asks it.
package struct InferenceService: Sendable {
    /// Questions go before training of the same priority, because somebody waits for the answer.
    private static let priorityBonus = 10

    private let store: Store
    private let creation: SessionCreation
    private let feed: Feed
    private let board: CommandBoard
    private let configuration: PlatformConfiguration

    package init(
        store: Store, creation: SessionCreation, feed: Feed, board: CommandBoard,
        configuration: PlatformConfiguration
    ) {
        self.store = store
        self.creation = creation
        self.feed = feed
        self.board = board
        self.configuration = configuration
    }

    /// Passes `body` to the `infer` function of the checkpoint's code, and returns what it answered.
    package func infer(
        _ reference: CheckpointReference, contentType: String, parameters: [String: String], body: Data, by identity: Identity
    ) async throws -> InferenceAnswer {
        let checkpoint = try await store.read { try $0.visibleCheckpoint(reference, to: identity) }
        let session = try await session(for: checkpoint, by: identity)
        try await ready(session)
        let number = try board.ask(session.id, contentType: contentType, parameters: parameters, body: body)
        feed.changed(session.id)
        let answer = try await board.answer(to: number, of: session.id, seconds: configuration.inferAnswerSeconds)
        if let failure = answer.failure {
            throw Failure(
                .inferenceFailed, "the model did not answer: \(failure)",
                hint: "'nsml logs \(session.record.name)' shows what its code printed")
        }
        return answer
    }

    private func session(for checkpoint: CheckpointRecord, by identity: Identity) async throws -> StoredSession {
        let reference = CheckpointReference(session: checkpoint.session, checkpoint: checkpoint.name)
        @Sendable func live(_ transaction: Transaction, besides made: Int64? = nil) throws -> StoredSession? {
            try transaction.sessions(in: SessionState.open).first { session in
                session.record.type == .infer && !session.isBeingRemoved && session.record.parent == reference
                    && session.record.name.user == identity.user
                    && session.stop == nil && session.id != made
                    // The same name may have been saved again since: then the answer must come from the new one.
                    && session.record.createdAt >= checkpoint.createdAt
            }
        }
        let (source, found) = try await store.read { transaction in
            (try transaction.visibleSession(checkpoint.session, to: identity).record, try live(transaction))
        }
        if let found { return found }
        var resources = source.resources
        resources.gpus = min(resources.gpus, 1)
        let new = NewSession(
            workspace: nil, entry: source.entry, arguments: source.arguments, datasets: source.datasets, resources: resources,
            priority: min(100, source.priority + Self.priorityBonus), memo: "answers with \(reference)", isPrivate: source.isPrivate,
            network: source.network, type: .infer, parent: reference)
        do {
            return try await creation.create(new, from: SessionCreation.Origin(source), by: identity) { transaction, made in
                // Many ask at once: one session answers all of them.
                if try live(transaction, besides: made.id) != nil { throw Overtaken() }
            }.session
        } catch is Overtaken {
            // Both may have been written together, and what is written together is not there for readers before all of it is.
            guard let other = try await store.write({ try live($0) }) else {
                throw Failure(.unavailable, "the session that should answer has just ended", hint: "ask again")
            }
            return other
        }
    }

    /// Another question has made the session meanwhile.
    private struct Overtaken: Error {}

    /// Waits until the session has loaded its model and can be asked.
    private func ready(_ session: StoredSession) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(configuration.inferStartSeconds)
        while true {
            let ticket = feed.ticket(for: session.id)
            guard let found = try await store.read({ try $0.session(id: session.id) }), !found.isBeingRemoved else {
                throw Failure.noSession(session.record.name)
            }
            let now = found.record
            if now.state == .paused { return }
            guard !now.state.isFinal else {
                let why =
                    now.state == .finished
                    ? "its code ended without waiting for questions; bind an infer function, and call nsml.paused()" : now.reason
                throw Failure(
                    .sessionFailed, "the model could not be loaded: \(why ?? now.state.rawValue)",
                    hint: "'nsml logs \(now.name)' shows what its code printed")
            }
            let left = clock.now.duration(to: deadline) / .seconds(1)
            guard left > 0, !feed.isClosed else {
                throw Failure(
                    .timeout, "session \(now.name) is still \(now.state.rawValue) after \(Int(configuration.inferStartSeconds)) s",
                    hint: now.state == .queued ? "'nsml queue' says what it waits for" : "'nsml logs \(now.name)' shows what it does")
            }
            await feed.wait(for: session.id, after: ticket, seconds: left)
            try Task.checkCancellation()
        }
    }
}
