import API
import Testing

@Suite struct ManifestTests {
    private let digest = Digest(hex: String(repeating: "0f", count: 32))

    private func entry(_ path: String, size: Int64 = 3) throws -> Manifest.Entry {
        Manifest.Entry(path: path, digest: try #require(digest), size: size)
    }

    @Test("a manifest is read back from its own bytes, sorted by path")
    func roundTrip() throws {
        var executable = try entry("bin/run me.sh", size: 0)
        executable.isExecutable = true
        let manifest = try Manifest(entries: [try entry("train/é"), executable, try entry("train/a")])
        #expect(manifest.entries.map(\.path) == ["bin/run me.sh", "train/a", "train/é"])
        #expect(try Manifest(bytes: manifest.bytes) == manifest)
        #expect(manifest.totalBytes == 6)
    }

    @Test("an empty tree has a manifest too")
    func empty() throws {
        #expect(try Manifest(bytes: try Manifest(entries: []).bytes).entries.isEmpty)
    }

    @Test(
        "paths that could lead elsewhere are refused",
        arguments: ["", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a\\b", "a\nb", "a\u{7F}"])
    func badPaths(path: String) throws {
        #expect(throws: Failure.self) { try Manifest(entries: [try entry(path)]) }
    }

    @Test("a component may have 255 bytes and no more")
    func longComponent() throws {
        _ = try Manifest(entries: [try entry(String(repeating: "x", count: 255))])
        #expect(throws: Failure.self) { try Manifest(entries: [try entry(String(repeating: "x", count: 256))]) }
    }

    @Test("no path is twice there, and none is a file and a directory")
    func clashes() throws {
        #expect(throws: Failure.self) { try Manifest(entries: [try entry("a"), try entry("a")]) }
        #expect(throws: Failure.self) { try Manifest(entries: [try entry("a"), try entry("a/b")]) }
        // A sibling sorts between the two: it must not hide the clash.
        #expect(throws: Failure.self) { try Manifest(entries: [try entry("a"), try entry("a-b"), try entry("a/b")]) }
    }

    @Test("one tree has one manifest: what is not sorted, or written otherwise, is refused")
    func strict() throws {
        let hex = String(repeating: "0f", count: 32)
        for text in [
            "", "nsml-manifest 1", "nsml-manifest 2\n", "nsml-manifest 1\n\(hex) 3 - b\n\(hex) 3 - a\n", "nsml-manifest 1\n\(hex) -3 - a\n",
            "nsml-manifest 1\n\(hex) 3 w a\n", "nsml-manifest 1\nzz 3 - a\n", "nsml-manifest 1\n\(hex) 3 - a",
        ] {
            #expect(throws: Failure.self) { try Manifest(bytes: Array(text.utf8)) }
        }
    }
}
