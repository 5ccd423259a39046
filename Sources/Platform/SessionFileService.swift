package import API
import Foundation
import Glibc
package import Store

/// The files in a session's own directory, as they are now: what its code was given and what it made.
package struct SessionFileService: Sendable {
    private static let maximumListed = 100_000

    private let store: Store
    private let directory: DataDirectory

    package init(store: Store, directory: DataDirectory) {
        self.store = store
        self.directory = directory
    }

    package func list(_ name: SessionName, for identity: Identity) async throws -> FileList {
        let root = try await root(of: name, for: identity)
        var files: [FileRecord] = []
        var total: Int64 = 0
        let keys: [URLResourceKey] = [.isRegularFileKey, .isSymbolicLinkKey, .fileSizeKey]
        // Links are listed by nobody and followed by nobody: a session could point them anywhere.
        let walker = FileManager.default.enumerator(at: root, includingPropertiesForKeys: keys)
        while files.count < Self.maximumListed, let url = walker?.nextObject() as? URL {
            let values = try url.resourceValues(forKeys: Set(keys))
            guard values.isRegularFile == true, values.isSymbolicLink != true else { continue }
            let path = url.pathComponents.dropFirst(root.pathComponents.count).joined(separator: "/")
            let bytes = Int64(values.fileSize ?? 0)
            total += bytes
            files.append(FileRecord(path: path, bytes: bytes, isExecutable: access(url.path, X_OK) == 0))
        }
        files.sort { $0.path < $1.path }
        return FileList(files: files, totalCount: files.count, totalBytes: total)
    }

    /// Opens one file for reading, following no link on the way.
    ///
    /// - Returns: the descriptor, which the caller closes, and the length in bytes.
    package func open(_ path: String, of name: SessionName, for identity: Identity) async throws -> (descriptor: Int32, bytes: Int64) {
        try Manifest.checkPath(path)
        let root = try await root(of: name, for: identity)
        var descriptor = Glibc.open(root.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        let components = path.split(separator: "/")
        for (index, component) in components.enumerated() {
            guard descriptor >= 0 else { break }
            let parent = descriptor
            let kind = index == components.count - 1 ? O_NONBLOCK : O_DIRECTORY
            descriptor = openat(parent, String(component), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | kind)
            close(parent)
        }
        var status = stat()
        guard descriptor >= 0 else { throw Self.noFile(path, name) }
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw Self.noFile(path, name)
        }
        return (descriptor, Int64(status.st_size))
    }

    private static func noFile(_ path: String, _ name: SessionName) -> Failure {
        Failure.noSuch("file", path, hint: "'nsml download \(name) PATH' fetches all that there is")
    }

    private func root(of name: SessionName, for identity: Identity) async throws -> URL {
        let session = try await store.read { try $0.visibleSession(name, to: identity) }
        let root = directory.session(session.id).appending(path: "code")
        guard FileManager.default.fileExists(atPath: root.path) else {
            throw Failure(.notFound, "session \(name) has no files", hint: "it has not started yet, or its files were removed")
        }
        return root
    }
}
