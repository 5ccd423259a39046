package import API
package import Store

/// The only way by which services come by objects: what the caller may not see is not found.
extension Transaction {
    package func visibleSession(_ name: SessionName, to identity: Identity) throws -> StoredSession {
        guard let session = try session(name), Access.mayRead(session.record, identity) else { throw Failure.noSession(name) }
        return session
    }

    package func changeableSession(_ name: SessionName, by identity: Identity, to action: String) throws -> StoredSession {
        let session = try visibleSession(name, to: identity)
        guard Access.mayChange(session.record, identity) else { throw Failure.forbidden("\(action) session \(name)") }
        return session
    }

    package func visibleDataset(_ name: DatasetName, to identity: Identity) throws -> DatasetRecord {
        guard let dataset = try dataset(name), try canRead(name, viewer: identity) else { throw Failure.noDataset(name) }
        return dataset
    }

    package func changeableDataset(_ name: DatasetName, by identity: Identity, to action: String) throws -> DatasetRecord {
        let dataset = try visibleDataset(name, to: identity)
        guard Access.mayChange(dataset, identity) else { throw Failure.forbidden("\(action) dataset \(name)") }
        return dataset
    }

    /// The version that a reference means: its own, or the newest.
    package func visibleVersion(_ reference: DatasetReference, to identity: Identity) throws -> DatasetVersion {
        let dataset = try visibleDataset(reference.name, to: identity)
        guard let number = reference.version else { return dataset.version }
        guard let version = try version(of: reference.name, number: number) else {
            throw Failure.noSuch("version", reference, hint: "the newest is \(reference.name)@\(dataset.version.number)")
        }
        return version
    }

    package func visibleCheckpoint(_ reference: CheckpointReference, to identity: Identity) throws -> CheckpointRecord {
        let session = try visibleSession(reference.session, to: identity)
        guard let record = try checkpoint(session: session.id, reference.checkpoint) else {
            throw Failure.noCheckpoint(reference)
        }
        return record
    }
}
