import API
import Foundation
import Store
import Testing

@Suite struct DatasetTests {
    private func push(_ transaction: Transaction, _ name: DatasetName, owner: UserName = .alice, isPrivate: Bool = false) throws {
        let settings = DatasetSettings(description: "d", tags: ["#x"], isPrivate: isPrivate, metric: "accuracy", checkpointLimitBytes: 9)
        try transaction.insertDataset(name, owner: owner, settings: settings, manifest: digest(1), fileCount: 2, bytes: 3, at: time(0))
    }

    @Test("a dataset comes back with its settings and its newest version")
    func versions() async throws {
        try await withStore { store in
            try await store.write { try push($0, .mnist) }
            let second = try await store.write {
                try $0.insertVersion(.mnist, manifest: digest(2), fileCount: 5, bytes: 6, author: .bob, at: time(1))
            }
            #expect(second.number == 2)
            let record = try await store.read { try $0.dataset(.mnist) }
            #expect(record?.version == second)
            #expect(record?.versionCount == 2 && record?.owner == .alice && record?.createdAt == time(0))
            #expect(record?.settings.tags == ["#x"] && record?.settings.metric == "accuracy" && record?.settings.checkpointLimitBytes == 9)
            #expect(try await store.read { try $0.versions(of: .mnist) }.map(\.number) == [1, 2])
            #expect(try await store.read { try $0.version(of: .mnist, number: 1) }?.manifest == digest(1))
            #expect(try await store.read { try $0.version(of: .mnist, number: 3) } == nil)
            let taken = await failure { try await store.write { try push($0, .mnist) } }
            #expect(taken?.code == .alreadyExists)
            let absent = await failure {
                try await store.write {
                    try $0.insertVersion(
                        DatasetName(unchecked: "cifar"), manifest: digest(2), fileCount: 5, bytes: 6, author: .bob, at: time(1))
                }
            }
            #expect(absent?.code == .notFound)
        }
    }

    @Test("a private dataset is seen by its owner, its readers and administrators")
    func privacy() async throws {
        try await withStore { store in
            try await store.write { try push($0, .mnist, isPrivate: true) }
            func seen(by viewer: Identity) async throws -> [Bool] {
                try await store.read { transaction in
                    [try transaction.canRead(.mnist, viewer: viewer), try !transaction.datasets(viewer: viewer, limit: 9).items.isEmpty]
                }
            }
            #expect(try await seen(by: identity(.alice)) == [true, true])
            #expect(try await seen(by: identity(.bob)) == [false, false])
            #expect(try await seen(by: identity("root", .admin)) == [true, true])
            try await store.write { try $0.changeDataset(.mnist, DatasetChange(addReaders: [.bob, .bob])) }
            #expect(try await seen(by: identity(.bob)) == [true, true])
            #expect(try await store.read { try $0.readers(of: .mnist) } == [.bob])
            try await store.write { try $0.changeDataset(.mnist, DatasetChange(removeReaders: [.bob])) }
            #expect(try await seen(by: identity(.bob)) == [false, false])
            try await store.write { try $0.changeDataset(.mnist, DatasetChange(isPrivate: false)) }
            #expect(try await seen(by: identity(.bob)) == [true, true])
            let stranger = await failure { try await store.write { try $0.changeDataset(.mnist, DatasetChange(addReaders: ["nobody"])) } }
            #expect(stranger?.code == .notFound)
        }
    }

    @Test("a change sets what it names and leaves the rest")
    func change() async throws {
        try await withStore { store in
            try await store.write { try push($0, .mnist) }
            let record = try await store.write {
                try $0.changeDataset(.mnist, DatasetChange(tags: ["#y", "#z"], metric: "f1", order: .ascending))
            }
            #expect(record.settings.tags == ["#y", "#z"] && record.settings.metric == "f1" && record.settings.order == .ascending)
            #expect(record.settings.description == "d" && record.settings.checkpointLimitBytes == 9)
        }
    }

    @Test("lists are in order, in pages, and by pattern")
    func lists() async throws {
        try await withStore { store in
            try await store.write { transaction in
                for name in ["mnist", "cifar-10", "cifar-100", "movie_review", "a.b"] {
                    try push(transaction, DatasetName(unchecked: name))
                }
            }
            var names: [String] = []
            var after: String?
            repeat {
                let cursor = after
                let page = try await store.read { try $0.datasets(viewer: identity(.bob), limit: 2, after: cursor) }
                #expect(page.items.count <= 2)
                names += page.items.map(\.name.rawValue)
                after = page.next
            } while after != nil
            #expect(names == ["a.b", "cifar-10", "cifar-100", "mnist", "movie_review"])
            func matching(_ pattern: String) async throws -> [String] {
                try await store.read { try $0.datasets(pattern: pattern, viewer: identity(.bob), limit: 9).items.map(\.name.rawValue) }
            }
            #expect(try await matching("cifar-*") == ["cifar-10", "cifar-100"])
            #expect(try await matching("cifar-1?") == ["cifar-10"])
            #expect(try await matching("[ac]*") == [])
            #expect(try await matching("*i*t") == ["mnist"])
            let long = await failure { try await matching(String(repeating: "*", count: 300)) }
            #expect(long?.code == .invalidValue)
        }
    }
}
