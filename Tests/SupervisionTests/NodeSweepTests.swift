import API
import Content
import Foundation
import TestSupport
import Testing

@testable import Supervision

@Suite("what sessions of a node share and leave")
struct NodeSweepTests {
    private func makeTree(_ path: String, used: Int, own: Int64? = nil) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Data([1]).write(to: URL(filePath: "\(path)/file"))
        try Data((own.map { "\($0)" } ?? "").utf8).write(to: URL(filePath: "\(path).lock"))
        let time = timespec(tv_sec: used, tv_nsec: 0)
        utimensat(AT_FDCWD, "\(path).lock", [time, time], 0)
    }

    @Test("trees of versions that are gone go, and of the others those unused for longest, never one in use")
    func trees() async throws {
        try await withTemporaryDirectory { directory in
            let digests = (0..<6).map { Digest(of: [UInt8($0)]) }
            func tree(_ number: Int, _ view: String = "train") -> String {
                "\(directory.path)/\(view == "train" ? "" : "hidden/")\(digests[number])-\(view)"
            }
            func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }
            try makeTree(tree(0), used: 1)
            try makeTree(tree(0, "submit"), used: 1)
            try makeTree(tree(1), used: 1)
            for number in 2...4 { try makeTree(tree(number), used: number, own: 1000) }
            try makeTree(tree(5), used: 1)
            try makeTree("\(tree(1)).partial-0A0B0C0D", used: 1)
            let users = try [1, 2].map { try FileLock.share("\(tree($0)).lock") }
            let live = Set([digests[2], digests[3], digests[4], digests[5]])
            try DatasetTreeSweep(directory: directory.path, live: live, maximumBytes: 2000).run()
            #expect(!isThere(tree(0)) && !isThere(tree(0, "submit")), "of a version that is gone")
            #expect(isThere(tree(1)), "gone, but in use")
            #expect(isThere("\(tree(1)).partial-0A0B0C0D"), "somebody may be building it")
            #expect(isThere(tree(2)), "the oldest, but in use")
            #expect(!isThere(tree(3)), "the oldest of those that nobody uses")
            #expect(isThere(tree(4)) && isThere(tree(5)), "small enough by now, and one that costs nothing")
            withExtendedLifetime(users) {}
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.contains("removed") } == [])
        }
    }

    @Test("a session that uses a dataset keeps its tree, and one that comes later finds it or makes it again")
    func useOfTrees() async throws {
        try await withSession("import time; print('up'); time.sleep(1000)", dataset: ["train/a.txt": "1"]) { session in
            try session.supervise()
            try await session.untilOutput(contains: "up")
            let sweep = DatasetTreeSweep(directory: session.plan.treesDirectory, live: [])
            try sweep.run()
            let trees = {
                try FileManager.default.contentsOfDirectory(atPath: session.plan.treesDirectory).filter { $0.hasSuffix("-train") }
            }
            #expect(try trees().count == 1)
            try session.command(SupervisorCommand(number: 1, kind: .stop, stop: StopRequest(graceSeconds: 0, save: false)))
            _ = try await session.end()
            try sweep.run()
            #expect(try trees() == [])
            let store = try ContentStore(directory: URL(filePath: session.plan.contentDirectory), isWriter: false)
            let dataset = try #require(session.plan.datasets.first)
            let tree = try await DatasetTrees(plan: session.plan, store: store).layOut(dataset, as: .train)
            try sweep.run()
            #expect(access("\(tree.path)/train/a.txt", R_OK) == 0)
            withExtendedLifetime(tree.held) {}
        }
    }

    @Test("control groups of sessions that are over are removed, those of others and of other platforms stay")
    func groups() async throws {
        let groups = ControlGroups.detect()
        try await withTemporaryDirectory { directory in
            let limits = ControlGroups.Limits(memoryBytes: 100_000_000, cpus: 1, processes: 10)
            let own = { (id: Int) in Supervisor.groupName(ofSession: "\(directory.path)/\(id)") }
            let names = [own(1), "\(own(1))-build", own(2), "1-00000000"]
            let made = names.map { groups.makeSession($0, limits: limits) }
            defer { made.forEach { $0.remove() } }
            NodeSweep(sessions: directory.path, trees: "", environments: "", live: [], active: [2]).sweepGroups(groups)
            for (index, session) in made.enumerated() {
                for group in session.groups { #expect((access(group.path, F_OK) == 0) == (index >= 2), "\(group.path)") }
            }
        }
    }
}
