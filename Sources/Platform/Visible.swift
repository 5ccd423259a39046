package import API
import Content
package import Store

/// The only way by which services come by objects: what the caller may not see is not found.
extension Transaction {
    /// A session with all that it prints, reports and makes. One that works with hidden data shows none of that to its author.
    package func visibleSession(_ name: SessionName, to identity: Identity) throws -> StoredSession {
        let session = try outlinedSession(name, to: identity)
        guard session.record.type != .submit || identity.session == name else {
            throw Failure(
                .forbidden, "what session \(name) prints and makes stays hidden, because it works with the hidden test data",
                hint: "'nsml submit --status' tells how it stands; 'nsml submit -t' runs on the sample and shows all")
        }
        return session
    }

    /// A session as lists show it: its state, its events, what it asks for.
    package func outlinedSession(_ name: SessionName, to identity: Identity) throws -> StoredSession {
        guard let session = try session(name), !session.isBeingRemoved, Access.mayRead(session.record, identity) else {
            throw Failure.noSession(name)
        }
        return session
    }

    /// A session that the caller may change, and look into: whoever questions its process gets it from here.
    package func changeableSession(_ name: SessionName, by identity: Identity, to action: String) throws -> StoredSession {
        _ = try visibleSession(name, to: identity)
        return try ownedSession(name, by: identity, to: action)
    }

    /// A session that the caller may stop, remove or note something about, whatever it works with.
    package func ownedSession(_ name: SessionName, by identity: Identity, to action: String) throws -> StoredSession {
        let session = try outlinedSession(name, to: identity)
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

    /// The dataset as the caller sees it: without what is hidden, unless it is the caller's to change.
    package func asSeen(_ dataset: DatasetRecord, by identity: Identity) throws -> DatasetRecord {
        var seen = dataset
        seen.version = try asSeen(dataset.version, of: dataset, by: identity)
        if dataset.settings.isPrivate, Access.mayChange(dataset, identity) { seen.readers = try readers(of: dataset.name) }
        return seen
    }

    package func asSeen(_ version: DatasetVersion, of dataset: DatasetRecord, by identity: Identity) throws -> DatasetVersion {
        guard !Access.mayChange(dataset, identity) else { return version }
        var seen = version
        // Without a public part nothing is public: a digest that nothing has.
        let part = try publicPart(of: dataset.name, version: version.number)
        (seen.manifest, seen.fileCount, seen.bytes) = (part?.manifest ?? Digest(of: [UInt8]()), part?.fileCount ?? 0, part?.bytes ?? 0)
        return seen
    }

    package func visibleCheckpoint(_ reference: CheckpointReference, to identity: Identity) throws -> CheckpointRecord {
        let session = try visibleSession(reference.session, to: identity)
        guard let record = try checkpoint(session: session.id, reference.checkpoint) else {
            throw Failure.noCheckpoint(reference)
        }
        return record
    }
}
