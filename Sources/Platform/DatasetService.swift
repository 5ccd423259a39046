package import API
package import Content
import Foundation
package import Store

/// Datasets and their versions. Whoever may not change a dataset sees it without its hidden test part, whichever way is taken.
package struct DatasetService: Sendable {
    private let store: Store
    private let contents: ContentService
    private let content: ContentStore
    private let quota: StorageQuota
    private let reserve: SpaceReserve
    private let feed: Feed

    package init(
        store: Store, contents: ContentService, content: ContentStore, quota: StorageQuota, reserve: SpaceReserve, feed: Feed
    ) {
        self.feed = feed
        self.reserve = reserve
        self.quota = quota
        self.store = store
        self.contents = contents
        self.content = content
    }

    /// Works out the public part of versions that were pushed before there was any.
    package func begin() async throws {
        for version in try await store.read({ try $0.versionsWithoutPublicPart() }) {
            let entries = try content.readManifest(version.manifest).entries
            let part = try publicPart(of: entries, manifest: version.manifest)
            let manifestBytes = content.size(of: part.manifest) ?? 0
            try await store.write { transaction in
                try transaction.setPublicPart(part, of: version.name, version: version.number)
                guard let dataset = try transaction.dataset(version.name), part.manifest != version.manifest else { return }
                let open = DatasetParts.open(entries)
                try transaction.unpublishContent([version.manifest] + Self.hidden(entries))
                try transaction.addContent([(digest: part.manifest, bytes: manifestBytes)], holder: dataset.owner, at: Date())
                if !dataset.settings.isPrivate { try transaction.publishContent([part.manifest] + open.map(\.digest)) }
            }
        }
    }

    private func publicPart(of entries: [Manifest.Entry], manifest: Digest) throws -> DatasetPublicPart {
        let open = DatasetParts.open(entries)
        let digest = open.count == entries.count ? manifest : try content.put(try Manifest(entries: open).bytes)
        return DatasetPublicPart(
            manifest: digest, fileCount: open.count, bytes: open.reduce(0) { $0 + $1.size }, scoring: DatasetParts.scoring(entries))
    }

    /// Content that is in the hidden part and nowhere else in the dataset.
    private static func hidden(_ entries: [Manifest.Entry]) -> [Digest] {
        Array(Set(entries.map(\.digest)).subtracting(DatasetParts.open(entries).map(\.digest)))
    }

    package func list(pattern: String?, limit: Int, after: String?, for identity: Identity) async throws -> Page<DatasetRecord> {
        try await store.read { transaction in
            var page = try transaction.datasets(pattern: pattern, viewer: identity, limit: limit, after: after)
            page.items = try page.items.map { try transaction.asSeen($0, by: identity) }
            return page
        }
    }

    package func get(_ name: DatasetName, for identity: Identity) async throws -> DatasetRecord {
        try await store.read { try $0.asSeen(try $0.visibleDataset(name, to: identity), by: identity) }
    }

    package func versions(of name: DatasetName, for identity: Identity) async throws -> [DatasetVersion] {
        try await store.read { transaction in
            let dataset = try transaction.visibleDataset(name, to: identity)
            return try transaction.versions(of: name).map { try transaction.asSeen($0, of: dataset, by: identity) }
        }
    }

    package func version(_ reference: DatasetReference, for identity: Identity) async throws -> DatasetVersion {
        try await store.read { transaction in
            let version = try transaction.visibleVersion(reference, to: identity)
            return try transaction.asSeen(version, of: try transaction.visibleDataset(reference.name, to: identity), by: identity)
        }
    }

    /// Makes the dataset, or its next version. The version exists from this transaction on. Posting the newest
    /// version's own manifest again makes no version.
    package func add(_ new: NewDatasetVersion, to name: DatasetName, by identity: Identity) async throws -> DatasetRecord {
        guard name != DatasetName.none else {
            throw Failure.invalidValue("dataset", name.rawValue, expected: "another name; None means 'without a dataset'")
        }
        if let settings = new.settings { try Self.check(settings) }
        if let same = try await addAgain(new, to: name, by: identity) { return same }
        let tree = try await contents.acceptManifest(new.manifest, from: identity)
        let manifest = tree.manifest
        guard !manifest.entries.isEmpty else { throw Failure(.invalidRequest, "the dataset would have no files") }
        try DatasetParts.check(manifest.entries, metric: new.settings?.metric)
        let part = try publicPart(of: manifest.entries, manifest: new.manifest)
        let manifestBytes = content.size(of: part.manifest) ?? 0
        let digests = [part.manifest] + Array(Set(DatasetParts.open(manifest.entries).map(\.digest)))
        let before = try await store.read { try $0.dataset(name)?.version.manifest }
        let newBytes = try bytes(of: manifest, besides: before)
        defer { quota.claimed(manifest.totalBytes, by: identity.user) }
        let added = try await store.write { transaction in
            let now = Date()
            try tree.require(in: transaction)
            if let existing = try transaction.dataset(name) {
                // What the caller may not see must not be told from what exists: the name is taken, no more is said.
                guard try transaction.canRead(name, viewer: identity), Access.mayChange(existing, identity) else {
                    throw Failure.exists("dataset", name, hint: "choose another name; only its owner can push to it")
                }
                if let settings = new.settings { _ = try transaction.changeDataset(name, settings) }
                if existing.version.manifest != new.manifest {
                    try DatasetParts.check(manifest.entries, metric: new.settings?.metric ?? existing.settings.metric)
                    guard new.overwrite else {
                        throw Failure.exists(
                            "dataset", name, hint: "'nsml dataset push -f' makes its next version, \(name)@\(existing.version.number + 1)")
                    }
                    _ = try transaction.insertVersion(
                        name, manifest: new.manifest, fileCount: manifest.entries.count, bytes: manifest.totalBytes,
                        author: identity.user, at: now, newBytes: existing.version.manifest == before ? newBytes : nil)
                }
            } else {
                var settings = DatasetSettings().applying(new.settings)
                settings.metric = settings.metric ?? DatasetParts.impliedMetric(manifest.entries)
                _ = try transaction.insertDataset(
                    name, owner: identity.user, settings: settings, manifest: new.manifest,
                    fileCount: manifest.entries.count, bytes: manifest.totalBytes, at: now, newBytes: before == nil ? newBytes : nil)
                for reader in new.settings?.addReaders ?? [] where try transaction.user(reader) == nil {
                    throw Failure.noSuch("user", reader)
                }
                if let settings = new.settings { _ = try transaction.changeDataset(name, settings) }
            }
            guard let dataset = try transaction.dataset(name) else { throw Failure.noDataset(name) }
            try transaction.requireRoom(for: dataset.owner, added: newBytes)
            try transaction.setPublicPart(part, of: name, version: dataset.version.number)
            try content.note([(digest: part.manifest, bytes: manifestBytes)], holder: identity.user, in: transaction)
            if !dataset.settings.isPrivate { try transaction.publishContent(digests) }
            return dataset
        }
        // Whoever looks at datasets looks again.
        feed.told(Feed.everything)
        return added
    }

    /// What of a tree an earlier one does not have; content that is there twice counts once.
    private func bytes(of manifest: Manifest, besides earlier: Digest?) throws -> Int64 {
        var known = Set(try earlier.map { try content.readManifest($0).entries.map(\.digest) } ?? [])
        return manifest.entries.reduce(0) { known.insert($1.digest).inserted ? $0 + $1.size : $0 }
    }

    /// The newest version's own manifest once more: nothing is to be made, and its content need not be looked at. nil when it is
    /// not that, or when the change of who may see it needs the list of its files.
    private func addAgain(_ new: NewDatasetVersion, to name: DatasetName, by identity: Identity) async throws -> DatasetRecord? {
        guard new.settings?.isPrivate == nil else { return nil }
        return try await store.write { transaction -> DatasetRecord? in
            guard let existing = try transaction.dataset(name), existing.version.manifest == new.manifest,
                try transaction.canRead(name, viewer: identity), Access.mayChange(existing, identity)
            else { return nil }
            if let settings = new.settings { _ = try transaction.changeDataset(name, settings) }
            return try transaction.dataset(name)
        }
    }

    package func change(_ name: DatasetName, _ change: DatasetChange, by identity: Identity) async throws -> DatasetRecord {
        try Self.check(change)
        let changed = try await store.write { transaction in
            _ = try transaction.changeableDataset(name, by: identity, to: "change")
            for reader in change.addReaders ?? [] where try transaction.user(reader) == nil {
                throw Failure.noSuch("user", reader)
            }
            return try transaction.asSeen(try transaction.changeDataset(name, change), by: identity)
        }
        feed.told(Feed.everything)
        return changed
    }

    package func remove(_ name: DatasetName, by identity: Identity) async throws {
        try await reserve.making { try await store.write { try Self.remove(name, by: identity, in: $0) } }
        feed.told(Feed.everything)
    }

    private static func remove(_ name: DatasetName, by identity: Identity, in transaction: Transaction) throws {
        _ = try transaction.changeableDataset(name, by: identity, to: "remove")
        let users = try transaction.sessions(in: SessionState.open)
            .filter { $0.record.datasets.contains { $0.name == name } }
        if let user = users.first {
            throw Failure(
                .wrongState, "dataset \(name) is in use by session \(user.record.name)",
                hint: "stop it first, or wait until it has ended")
        }
        try transaction.removeDataset(name)
    }

    private static func check(_ change: DatasetChange) throws {
        if let description = change.description, description.utf8.count > 10_000 {
            throw Failure.tooLarge("the description", bytes: Int64(description.utf8.count), limit: 10_000)
        }
        if let tags = change.tags {
            guard tags.count <= 7 else { throw Failure.invalidValue("tags", tags.joined(separator: " "), expected: "at most 7 tags") }
            for tag in tags where tag.isEmpty || tag.unicodeScalars.count > 50 {
                throw Failure.invalidValue("tag", tag, expected: "1 to 50 characters")
            }
        }
        if let metric = change.metric, metric.unicodeScalars.count > 200 {
            throw Failure.invalidValue("metric", String(metric.prefix(80)), expected: "at most 200 characters")
        }
        if let limit = change.checkpointLimitBytes, limit <= 0 {
            throw Failure.invalidValue("model size limit", "\(limit)", expected: "bytes, more than 0")
        }
        if let limit = change.submitsPerHour, !(0...1_000_000).contains(limit) {
            throw Failure.invalidValue("limit of submissions", "\(limit)", expected: "a number for each hour; 0 for no limit")
        }
        for limit in [change.startLimitSeconds, change.inferLimitSeconds].compactMap({ $0 }) where !(1...1_000_000).contains(limit) {
            throw Failure.invalidValue("time limit", "\(limit)", expected: "1 to 1000000 seconds")
        }
    }
}

extension DatasetSettings {
    /// These settings with what `change` names put in its place.
    package func applying(_ change: DatasetChange?) -> DatasetSettings {
        guard let change else { return self }
        return DatasetSettings(
            description: change.description ?? description, tags: change.tags ?? tags, isPrivate: change.isPrivate ?? isPrivate,
            metric: change.metric ?? metric, order: change.order ?? order,
            checkpointLimitBytes: change.checkpointLimitBytes ?? checkpointLimitBytes,
            submitsPerHour: change.submitsPerHour ?? submitsPerHour, startLimitSeconds: change.startLimitSeconds ?? startLimitSeconds,
            inferLimitSeconds: change.inferLimitSeconds ?? inferLimitSeconds)
    }
}
