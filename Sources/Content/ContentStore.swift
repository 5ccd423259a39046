package import API
import CLinux
package import Foundation
import Glibc
import Synchronization

/// Files kept once under the hash of what is in them.
///
///     DIRECTORY/ab/cdef...      content, by the 64 digits of its SHA-256; mode 0444, never changed
///     DIRECTORY/.staging/       uploads that have not ended: DIGEST-OWNER, and pack-RANDOM/ for packs
///     DIRECTORY/.quarantine/    content that no longer matched its hash
///
/// Content is published by rule G2: written under a staging name, flushed, renamed without replacing, flushed again. What a
/// call reports as stored survives the plug. A write that the disk refused is final (G3): the store takes nothing more.
package final class ContentStore: Sendable {
    /// A manifest of five million files is smaller.
    package static let maximumReadBytes: Int64 = 1 << 30
    /// How much is read, hashed and written in one go.
    static let blockBytes = 1 << 20

    struct State {
        /// Staging names that a request is writing to.
        var uploads: Set<String> = []
        /// Renamed, and not flushed yet: not there for anybody else.
        var publishing: [Digest: Int] = [:]
        var hasFailed = false
    }

    package let directory: URL
    let path: String
    let root: OpenFile
    let staging: OpenFile
    let workers = WorkerPool(label: "nsml.content")
    let disk: DiskFlush
    let state = Mutex(State())

    /// Opens the store, and makes its directories when they are missing. `isWriter` is false for processes that only read
    /// what another one keeps.
    package init(directory: URL, isWriter: Bool = true) throws {
        self.directory = directory
        path = directory.path(percentEncoded: false).trimmingTrailingSlash
        if isWriter { try Self.makeDirectories(path) }
        root = try OpenFile(path, O_RDONLY | O_DIRECTORY, called: "the content directory")
        staging = try OpenFile(".staging", O_RDONLY | O_DIRECTORY, in: root.descriptor, called: "the staging directory")
        disk = DiskFlush(of: root)
        // A writer that was killed between rename and flush left names that only memory knows.
        guard !isWriter || nsml_syncfs(root.descriptor) == 0 else { throw Failure.system("write", "content", errno) }
    }

    private static func makeDirectories(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        // Others may pass through to what is linked from here, and not list it.
        chmod(path, 0o711)
        // The last is made last: where it is, all are.
        let names = [(".staging", 0o700 as mode_t), (".quarantine", 0o700)] + (0..<256).map { (hexByte($0), 0o711) }
        guard let last = names.last, FileStatus.of("\(path)/\(last.0)") == nil else { return }
        for (name, mode) in names {
            let isMade = mkdir("\(path)/\(name)", mode) == 0 || errno == EEXIST
            guard isMade else { throw Failure.system("make", "the content directory", errno) }
            chmod("\(path)/\(name)", mode)
        }
    }

    // MARK: Looking

    /// Whether the content is there, for good.
    package func contains(_ digest: Digest) -> Bool {
        guard state.withLock({ $0.publishing[digest] == nil }) else { return false }
        return FileStatus.of(name(of: digest), in: root.descriptor) != nil
    }

    /// Those of `digests` that are not there, in their order, each once.
    package func missing(_ digests: [Digest]) async throws -> [Digest] {
        try await workers.run { [self] in
            var seen: Set<Digest> = []
            return digests.filter { seen.insert($0).inserted && !contains($0) }
        }
    }

    package func url(of digest: Digest) -> URL { URL(filePath: "\(path)/\(name(of: digest))", directoryHint: .notDirectory) }

    /// In bytes; nil when it is not there.
    package func size(of digest: Digest) -> Int64? {
        guard state.withLock({ $0.publishing[digest] == nil }) else { return nil }
        return FileStatus.of(name(of: digest), in: root.descriptor)?.size
    }

    /// Opens content for reading; `not_found` when it is not there, `corrupt_content` when it was found to be damaged.
    package func open(_ digest: Digest) throws -> OpenFile {
        let descriptor = openat(root.descriptor, name(of: digest), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw absent(digest) }
            throw Failure.system("read", "content \(digest)", errno)
        }
        return OpenFile(taking: descriptor, called: "content \(digest)")
    }

    /// All bytes, checked against the digest; for manifests. Blocks.
    package func read(_ digest: Digest) throws -> [UInt8] {
        let file = try open(digest)
        let size = try file.status().size
        guard size <= Self.maximumReadBytes else { throw Failure.tooLarge("content \(digest)", bytes: size, limit: Self.maximumReadBytes) }
        let bytes = try [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            count = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
        }
        guard Digest(of: bytes) == digest else { throw quarantine(digest, reading: file) }
        return bytes
    }

    // MARK: Changing

    /// Keeps `bytes`, durably, and says under what name. Blocks.
    package func put(_ bytes: [UInt8]) throws -> Digest {
        let digest = Digest(of: bytes)
        if contains(digest) { return digest }
        let name = "put-\(UUID().uuidString)"
        let file = try OpenFile(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, in: staging.descriptor, called: "content \(digest)")
        do {
            try file.write(bytes: bytes, at: 0)
            try publish(file, staged: name, as: digest)
        } catch {
            unlinkat(staging.descriptor, name, 0)
            throw error
        }
        return digest
    }

    /// Removes content. Content that is not there is no error; what is linked from laid out trees lives on in them. Blocks.
    package func remove(_ digests: [Digest]) throws {
        for digest in digests {
            // A damaged copy that nobody needs any more.
            unlinkat(root.descriptor, quarantineName(digest), 0)
            guard unlinkat(root.descriptor, name(of: digest), 0) == 0 || errno == ENOENT else {
                throw Failure.system("remove", "content \(digest)", errno)
            }
        }
    }

    /// Flushes a complete staged file and gives it its name. Blocks.
    func publish(_ file: OpenFile, staged name: String, as digest: Digest) throws {
        try checkWritable()
        fchmod(file.descriptor, 0o444)
        try failing { try file.sync() }
        beginPublishing(digest)
        defer { endPublishing(digest) }
        try rename(staged: name, in: staging, as: digest)
        try failing {
            try OpenFile(hexByte(digest.firstByte), O_RDONLY | O_DIRECTORY, in: root.descriptor, called: "content").sync()
        }
    }

    /// Renames without replacing; where the content is there already, only the staged file goes.
    func rename(staged name: String, in directory: OpenFile, as digest: Digest) throws {
        guard nsml_rename_exclusive(directory.descriptor, name, root.descriptor, self.name(of: digest)) != 0 else { return heal(digest) }
        guard errno == EEXIST else { throw Failure.system("store", "content \(digest)", errno) }
        unlinkat(directory.descriptor, name, 0)
    }

    func beginPublishing(_ digest: Digest) { state.withLock { $0.publishing[digest, default: 0] += 1 } }

    func endPublishing(_ digest: Digest) {
        state.withLock { state in
            let count = state.publishing[digest, default: 1] - 1
            state.publishing[digest] = count > 0 ? count : nil
        }
    }

    // MARK: Failing for good

    /// Whether a write was refused by the disk, after which nothing more is stored.
    package var hasFailed: Bool { state.withLock { $0.hasFailed } }

    func checkWritable() throws {
        guard !hasFailed else {
            throw Failure(
                .unavailable, "the disk refused a write, so no more content is stored", hint: "an administrator must look at the disk")
        }
    }

    /// Runs a flush; an error other than a full disk ends the store's life as a writer (G3).
    func failing<Value>(_ flush: () throws -> Value) throws -> Value {
        do { return try flush() } catch {
            noteFailure()
            throw error
        }
    }

    func noteFailure() { state.withLock { $0.hasFailed = true } }

    func name(of digest: Digest) -> String {
        // Two digits, a slash, the rest: asked for with every file.
        String(unsafeUninitializedCapacity: 2 * Digest.byteCount + 1) { buffer in
            let all = UnsafeMutableRawBufferPointer(buffer)
            digest.writeHex(to: UnsafeMutableRawBufferPointer(rebasing: all[1...]))
            (all[0], all[1], all[2]) = (all[1], all[2], 0x2F)
            return 2 * Digest.byteCount + 1
        }
    }
}

func hexByte(_ byte: some BinaryInteger) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

extension String {
    var trimmingTrailingSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}
