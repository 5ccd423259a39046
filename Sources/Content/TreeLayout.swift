package import API
import CLinux
package import Foundation
import Glibc

/// How a tree is laid out.
package enum LayoutKind: Sendable, Hashable {
    /// Hard links to the content where that works, all read-only: no copy, whatever the size. For trees that many read.
    case shared
    /// Copies (reflinks where the file system can) that their owner may change.
    case writable
}

extension ContentStore {
    /// Makes the directory that `entries` describe. It is built beside `directory` and renamed when it is whole, so a tree
    /// that is there is complete: then nothing happens. Missing parents are made. `owner` is the user id who gets a writable
    /// tree (only root can give it away). `flushes` is false for a tree that nobody looks for after a power cut. Blocks.
    ///
    /// - Returns: how many bytes were copied, and so are the tree's own; 0 when it was there.
    @discardableResult
    package func layOut(_ entries: [Manifest.Entry], at directory: URL, as kind: LayoutKind, owner: UInt32? = nil, flushes: Bool = true)
        throws -> Int64
    {
        let target = directory.path(percentEncoded: false).trimmingTrailingSlash
        if FileStatus.of(target) != nil { return 0 }
        try FileManager.default.createDirectory(at: directory.deletingLastPathComponent(), withIntermediateDirectories: true)
        let partial = "\(target).partial-\(UUID().uuidString.prefix(8))"
        let copied: Int64
        do {
            var layout = try TreeLayout(store: self, at: partial, kind: kind, owner: owner)
            try layout.build(PathOrder.sorted(entries))
            // Links are in the journal before the rename; copied bytes are not.
            guard !flushes || !layout.hasCopied || nsml_syncfs(layout.top.descriptor) == 0 else {
                throw Failure.system("lay out", directory.lastPathComponent, errno)
            }
            copied = layout.copiedBytes
        } catch {
            // The first error is the one that counts; a sweep of the parent finds what is left.
            try? TreeRemoval.remove(partial)
            throw error
        }
        guard nsml_rename_exclusive(AT_FDCWD, partial, AT_FDCWD, target) != 0 else { return copied }
        let why = errno
        try TreeRemoval.remove(partial)
        // Somebody else laid out the same tree meanwhile.
        guard why == EEXIST else { throw Failure.system("lay out", directory.lastPathComponent, why) }
        return 0
    }
}

/// A tree while it is built. Only paths that pass the manifest's grammar are used, each component from the descriptor of
/// its directory, without following links and without replacing anything.
private struct TreeLayout {
    private struct Level {
        var name: Substring
        var directory: OpenFile
    }

    let top: OpenFile
    private let store: ContentStore
    private let kind: LayoutKind
    private let owner: UInt32?
    private var levels: [Level] = []
    /// What the file system has shown not to do is not tried again.
    private var canLink: Bool
    private var canClone = true
    private(set) var hasCopied = false
    private(set) var copiedBytes: Int64 = 0

    init(store: ContentStore, at path: String, kind: LayoutKind, owner: UInt32?) throws {
        (self.store, self.kind, self.owner) = (store, kind, owner)
        canLink = kind == .shared
        guard mkdir(path, 0o755) == 0 else { throw Failure.system("lay out", "the tree", errno) }
        top = try OpenFile(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, called: "the tree")
        try give(top)
    }

    mutating func build(_ entries: [Manifest.Entry]) throws {
        for entry in entries {
            try Manifest.checkPath(entry.path)
            let components = entry.path.split(separator: "/")
            let directory = try enter(components.dropLast())
            guard let name = components.last else { continue }
            try place(entry, as: String(name), in: directory)
        }
        _ = try enter([])
        if kind == .shared { fchmod(top.descriptor, 0o555) }
    }

    /// The descriptor of the directory with these components. The entries are sorted, so no directory is entered twice.
    private mutating func enter(_ components: ArraySlice<Substring>) throws -> OpenFile {
        var common = 0
        for (level, component) in zip(levels, components) {
            guard level.name.utf8.elementsEqual(component.utf8) else { break }
            common += 1
        }
        while levels.count > common {
            let level = levels.removeLast()
            if kind == .shared { fchmod(level.directory.descriptor, 0o555) }
        }
        for component in components.dropFirst(common) {
            let parent = levels.last?.directory ?? top
            let name = String(component)
            guard mkdirat(parent.descriptor, name, 0o755) == 0 || errno == EEXIST else { throw Failure.system("make", name, errno) }
            let directory = try OpenFile(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: parent.descriptor)
            fchmod(directory.descriptor, 0o755)
            try give(directory)
            levels.append(Level(name: component, directory: directory))
        }
        return levels.last?.directory ?? top
    }

    private mutating func place(_ entry: Manifest.Entry, as name: String, in directory: OpenFile) throws {
        // A link has the content's own mode, which is not executable.
        if canLink && !entry.isExecutable {
            if linkat(store.root.descriptor, store.name(of: entry.digest), directory.descriptor, name, 0) == 0 { return }
            switch errno {
            case EXDEV, EPERM, EOPNOTSUPP: canLink = false
            // So many files have this content that its inode takes no more names.
            case EMLINK: break
            case ENOENT: throw missing(entry)
            default: throw Failure.system("lay out", entry.path, errno)
            }
        }
        try copy(entry, as: name, in: directory)
    }

    private mutating func copy(_ entry: Manifest.Entry, as name: String, in directory: OpenFile) throws {
        guard let source = FileStatus.of(store.name(of: entry.digest), in: store.root.descriptor) else { throw missing(entry) }
        let from = try store.open(entry.digest)
        guard source.size == entry.size else { throw store.quarantine(entry.digest, reading: from) }
        let to = try OpenFile(
            name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, in: directory.descriptor, called: entry.path)
        hasCopied = true
        copiedBytes += entry.size
        if canClone && nsml_clone(from.descriptor, to.descriptor) != 0 { canClone = false }
        if !canClone { try copyBytes(from, to, entry) }
        let mode: mode_t = kind == .shared ? 0o444 : 0o644
        fchmod(to.descriptor, entry.isExecutable ? mode | 0o111 : mode)
        try give(to)
    }

    /// Copies, and compares with the hash on the way (G10).
    private func copyBytes(_ from: OpenFile, _ to: OpenFile, _ entry: Manifest.Entry) throws {
        var hash = RunningHash()
        try withScratch(Int(min(Int64(ContentStore.blockBytes), max(entry.size, 1)))) { buffer in
            var offset: Int64 = 0
            while offset < entry.size {
                let count = try from.read(into: buffer, at: offset)
                guard count > 0 else { throw Failure.system("read", from.name, EIO) }
                let part = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                hash.update(part)
                try to.write(part, at: offset)
                offset += Int64(count)
            }
        }
        guard hash.finish() == entry.digest else { throw store.quarantine(entry.digest, reading: from) }
    }

    private func give(_ file: OpenFile) throws {
        guard let owner, kind == .writable else { return }
        guard fchown(file.descriptor, owner, owner) == 0 else { throw Failure.system("give away", file.name, errno) }
    }

    private func missing(_ entry: Manifest.Entry) -> Failure {
        if store.isDamaged(entry.digest) { return ContentStore.damaged("content of '\(entry.path)'") }
        return Failure(.notFound, "the content of '\(entry.path)' is not there", hint: "push the same files again to restore it")
    }
}
