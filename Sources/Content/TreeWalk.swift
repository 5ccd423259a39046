import API
import Glibc

/// Finds the files of a tree, level by level, the directories of one level in parallel.
struct TreeWalk {
    struct File: Sendable {
        var path: String
        var status: FileStatus
    }

    private struct Directory: Sendable {
        var path: String
        var components: [[UInt8]]
        var rules: IgnoreRules
    }

    private struct Found: Sendable {
        var files: [File] = []
        var directories: [Directory] = []
        var ignoredCount = 0
        var skipped: [Scan.Skipped] = []

        mutating func add(_ other: Found) {
            files += other.files
            directories += other.directories
            ignoredCount += other.ignoredCount
            skipped += other.skipped
        }
    }

    let root: TreeRoot
    private(set) var files: [File] = []
    private(set) var ignoredCount = 0
    private(set) var skipped: [Scan.Skipped] = []

    init(_ root: TreeRoot) { self.root = root }

    /// Walks all of the tree. Blocks.
    mutating func walk(_ rules: IgnoreRules) throws {
        var level = [Directory(path: "", components: [], rules: rules)]
        while !level.isEmpty {
            var found = Found()
            let root = root
            for part in try Parallel.map(level, { try Self.list($0, in: root) }) { found.add(part) }
            files += found.files
            ignoredCount += found.ignoredCount
            skipped += found.skipped
            guard files.count <= Manifest.maximumEntries else {
                throw Failure(
                    .tooLarge, "'\(root.directory.name)' has more than \(Manifest.maximumEntries) files",
                    hint: "pack small files into archives")
            }
            level = found.directories
        }
    }

    private static func list(_ directory: Directory, in root: TreeRoot) throws -> Found {
        // A directory that is gone since its parent was listed was there for a moment only.
        let descriptor = root.tryOpen(directory.path, O_RDONLY | O_DIRECTORY)
        guard descriptor >= 0 || errno != ENOENT || directory.path.isEmpty else { return Found() }
        guard descriptor >= 0 else { throw Failure.system("read", directory.path, errno) }
        let open = OpenFile(taking: descriptor, called: directory.path.isEmpty ? root.directory.name : directory.path)
        let rules = try directory.rules.entering(open, components: directory.components)
        var found = Found()
        for name in try DirectoryListing.entries(of: open) {
            let path = directory.path.isEmpty ? name.text : "\(directory.path)/\(name.text)"
            guard let status = FileStatus.of(name.text, in: open.descriptor) ?? unnameable(name, path, &found) else { continue }
            let components = directory.components + [name.bytes]
            if rules.ignores(components, isDirectory: status.isDirectory) {
                found.ignoredCount += 1
            } else if let reason = reasonToSkip(path) {
                found.skipped.append(Scan.Skipped(path: path, reason: reason))
            } else if status.isDirectory {
                found.directories.append(Directory(path: path, components: components, rules: rules))
            } else {
                add(File(path: path, status: status), name.text, open, root, &found)
            }
        }
        return found
    }

    /// Files whose names are no UTF-8 cannot be looked at by name; files that are gone are no news.
    private static func unnameable(_ name: DirectoryListing.Entry, _ path: String, _ found: inout Found) -> FileStatus? {
        if !name.isUTF8 { found.skipped.append(Scan.Skipped(path: path, reason: "its name is no UTF-8")) }
        return nil
    }

    private static func reasonToSkip(_ path: String) -> String? {
        do {
            try Manifest.checkPath(path)
            return nil
        } catch {
            return "its name has a backslash or control characters, or is too long or too deep"
        }
    }

    private static func add(_ file: File, _ name: String, _ directory: OpenFile, _ root: TreeRoot, _ found: inout Found) {
        func skip(_ reason: String) { found.skipped.append(Scan.Skipped(path: file.path, reason: reason)) }
        if file.status.isRegular { return found.files.append(file) }
        guard file.status.isSymbolicLink else { return skip("it is no regular file") }
        guard root.followsLinks else { return skip("it is a symbolic link") }
        guard let target = FileStatus.of(name, in: directory.descriptor, follow: true) else {
            return skip("it is a symbolic link to nothing, or in a circle")
        }
        guard target.isRegular else { return skip("it is a symbolic link to a directory; links to files are followed") }
        found.files.append(File(path: file.path, status: target))
    }
}
