import API
import Foundation
import TestSupport
import Testing

@testable import Content

@Suite("Trees laid out")
struct LayoutTests {
    private func entries(_ store: ContentStore) throws -> [Manifest.Entry] {
        func entry(_ path: String, _ text: String, isExecutable: Bool = false) throws -> Manifest.Entry {
            let bytes = Array(text.utf8)
            return Manifest.Entry(path: path, digest: try store.put(bytes), size: Int64(bytes.count), isExecutable: isExecutable)
        }
        return try [
            entry("main.py", "print()"), entry("a/b/c.txt", "c"), entry("a/run.sh", "#!/bin/sh", isExecutable: true),
            entry("a-b/x", ""), entry("a.b/x", ""), entry("a/데이터 é.txt", "ü"), entry("a/b/empty", ""),
        ]
    }

    private func contents(_ url: URL) throws -> Set<String> {
        Set(try FileManager.default.subpathsOfDirectory(atPath: url.path))
    }

    @Test("a shared tree is hard links, read-only, and executable files are executable")
    func sharesTree() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory.appending(path: "content"))
            let entries = try entries(store)
            let tree = directory.appending(path: "trees/x")
            try store.layOut(entries, at: tree, as: .shared)
            for entry in entries {
                let bytes = try Data(contentsOf: tree.appending(path: entry.path))
                #expect(Digest(of: bytes) == entry.digest)
                let status = try #require(FileStatus.of(tree.appending(path: entry.path).path))
                #expect(status.mode & 0o777 == (entry.isExecutable ? 0o555 : 0o444))
                let isLinked = try status.inode == store.open(entry.digest).status().inode
                #expect(isLinked == !entry.isExecutable)
            }
            #expect(FileStatus.of(tree.appending(path: "a/b").path)?.mode == S_IFDIR | 0o555)
            #expect(FileStatus.of(tree.path)?.mode == S_IFDIR | 0o555)
            try TreeRemoval.remove(tree.path)
            #expect(FileStatus.of(tree.path) == nil)
            #expect(try store.read(entries[0].digest) == Array("print()".utf8))
        }
    }

    @Test("a writable tree is its owner's own")
    func copiesTree() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory.appending(path: "content"))
            let entries = try entries(store)
            let tree = directory.appending(path: "code/")
            try store.layOut(entries, at: tree, as: .writable)
            try write("changed", to: tree.appending(path: "main.py"))
            try write("new", to: tree.appending(path: "a/b/new"))
            #expect(try store.read(entries[0].digest) == Array("print()".utf8))
            #expect(FileStatus.of(tree.appending(path: "a/run.sh").path)?.mode == S_IFREG | 0o755)
            // A tree that is there stays as it is.
            try store.layOut(entries, at: tree, as: .writable)
            #expect(try String(contentsOf: tree.appending(path: "main.py"), encoding: .utf8) == "changed")
            #expect(try contents(directory).filter { $0.contains("partial") }.isEmpty)
        }
    }

    @Test("a tree with content that is missing is not there at all")
    func leavesNothing() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory.appending(path: "content"))
            let entries = try entries(store) + [Manifest.Entry(path: "z", digest: Digest(of: [42]), size: 1)]
            for kind in [LayoutKind.shared, .writable] {
                #expect(await code { try store.layOut(entries, at: directory.appending(path: "tree"), as: kind) } == .notFound)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["content"])
        }
    }

    @Test("paths that lead elsewhere are refused", arguments: ["../x", "/x", "a/../../x", "a//b", "", ".", "a\u{0}b"])
    func refusesPaths(path: String) async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory.appending(path: "content"))
            let entry = Manifest.Entry(path: path, digest: try store.put([1]), size: 1)
            #expect(await code { try store.layOut([entry], at: directory.appending(path: "tree"), as: .writable) } == .invalidValue)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["content"])
        }
    }

    @Test("several who lay out one tree at once all find it whole")
    func laysOutOnce() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory.appending(path: "content"))
            let entries = try entries(store)
            let tree = directory.appending(path: "tree")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try store.layOut(entries, at: tree, as: .shared) } }
                try await group.waitForAll()
            }
            #expect(try contents(tree).isSuperset(of: entries.map(\.path)))
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["content", "tree"])
        }
    }

    @Test("paths are ordered by their bytes", arguments: ["", "a", "a/b", "a-b", "a.b", "b", "é", "e\u{301}", "Z", "데", "ab"])
    func ordersPaths(path: String) {
        for other in ["", "a", "a/b", "a-b", "a.b", "b", "é", "e\u{301}", "Z", "데", "ab"] {
            #expect(PathOrder.precedes(path, other) == path.utf8.lexicographicallyPrecedes(other.utf8))
        }
    }

    @Test("an empty tree is an empty directory")
    func laysOutNothing() async throws {
        try await withTemporaryDirectory { directory in
            let store = try ContentStore(directory: directory.appending(path: "content"))
            try store.layOut([], at: directory.appending(path: "tree"), as: .writable)
            #expect(try contents(directory.appending(path: "tree")).isEmpty)
        }
    }

    @Test("a writer never follows a link out of its directory")
    func refusesLinks() async throws {
        try await withTemporaryDirectory { directory in
            let (inside, outside) = (directory.appending(path: "in"), directory.appending(path: "out"))
            try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: true)
            try FileManager.default.createDirectory(at: outside, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(at: inside.appending(path: "a"), withDestinationURL: outside)
            let writer = try TreeWriter(directory: inside)
            let piece = try writer.begin()
            try piece.write([1], at: 0)
            let entry = Manifest.Entry(path: "a/b", digest: Digest(of: [1]), size: 1)
            #expect(await code { try writer.place(piece, as: [entry], overwrite: true) } == .alreadyExists)
            #expect(try FileManager.default.contentsOfDirectory(atPath: outside.path).isEmpty)
        }
    }
}
