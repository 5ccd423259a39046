package import API
import Foundation
import Glibc

/// Content that no longer matches its hash: taken out of the way, so that nobody is given it and sending it again heals it.
extension ContentStore {
    /// Puts content aside, and says so in a failure. `file` is what was read: when other bytes have taken its place meanwhile, because
    /// somebody sent them again, they stay.
    @discardableResult
    package func quarantine(_ digest: Digest, reading file: OpenFile? = nil) -> Failure {
        // Unreadable where it was: then the name is all we have to go by.
        let read = try? file?.status().inode
        if read == nil || FileStatus.of(name(of: digest), in: root.descriptor)?.inode == read {
            renameat(root.descriptor, name(of: digest), root.descriptor, quarantineName(digest))
        }
        return Self.damaged("content \(digest)")
    }

    /// Whether content was put aside, and has not been sent again since.
    package func isDamaged(_ digest: Digest) -> Bool {
        FileStatus.of(quarantineName(digest), in: root.descriptor) != nil
    }

    /// All that was put aside and has not been sent again since, in order. Blocks.
    package func damaged() throws -> [Digest] {
        try FileManager.default.contentsOfDirectory(atPath: "\(path)/.quarantine").compactMap { Digest(hex: $0) }.sorted()
    }

    /// Why content cannot be opened: it was put aside, or it is not there.
    func absent(_ digest: Digest) -> Failure {
        isDamaged(digest) ? Self.damaged("content \(digest)") : Failure.noSuch("content", digest)
    }

    package static func damaged(_ what: String) -> Failure {
        Failure(.corruptContent, "the stored \(what) is damaged", hint: "it was put aside; push the same files again to restore it")
    }

    /// The right bytes of `digest` are stored now. Trees that were laid out link the damaged file, and sessions may read them at this
    /// moment: the bytes are written into that file too.
    func heal(_ digest: Digest) {
        let aside = quarantineName(digest)
        var status = stat()
        guard fstatat(root.descriptor, aside, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
        if status.st_nlink > 1 {
            // What fails here leaves the tree as it was: damaged, and not given to new sessions as long as the file is aside.
            guard (try? rewrite(aside, as: digest)) != nil else { return }
        }
        unlinkat(root.descriptor, aside, 0)
    }

    private func rewrite(_ aside: String, as digest: Digest) throws {
        let good = try open(digest)
        let size = try good.status().size
        fchmodat(root.descriptor, aside, 0o600, 0)
        let file = try OpenFile(aside, O_WRONLY | O_NOFOLLOW, in: root.descriptor, called: "content \(digest)")
        defer { fchmod(file.descriptor, 0o444) }
        try withScratch(Self.blockBytes) { buffer in
            var offset: Int64 = 0
            while offset < size {
                let count = try good.read(into: buffer, at: offset)
                guard count > 0 else { throw Failure.system("read", good.name, EIO) }
                try file.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: offset)
                offset += Int64(count)
            }
        }
        guard ftruncate(file.descriptor, off_t(size)) == 0 else { throw Failure.system("write", file.name, errno) }
        try file.sync()
    }

    func quarantineName(_ digest: Digest) -> String { ".quarantine/\(digest.hex)" }
}
