import API
import CAssets
import Content
package import Foundation

/// The Python package `nsml`, which this program carries inside itself.
package enum PythonLibrary {
    /// The files: paths such as `nsml/__init__.py`, and what is in them.
    package static var files: [(path: String, bytes: [UInt8])] {
        (0..<nsml_asset_count()).map { index in
            let asset = nsml_asset_at(index)
            return (String(cString: asset.path), Array(UnsafeBufferPointer(start: asset.bytes, count: asset.size)))
        }
    }

    /// Lays the package out below `directory`, once for each content: DIRECTORY/HASH/nsml/... Answers with DIRECTORY/HASH, which is
    /// what `PYTHONPATH` takes. Everybody may read it; sessions of an older program keep the library that they have.
    ///
    /// Throws `local_error` when it cannot be written.
    package static func install(into directory: URL) throws -> URL {
        let target = directory.appending(path: hash, directoryHint: .isDirectory)
        let manager = FileManager.default
        if manager.fileExists(atPath: target.path) { return target }
        let temporary = directory.appending(path: ".\(UUID().uuidString)", directoryHint: .isDirectory)
        do {
            for (path, bytes) in files {
                let file = temporary.appending(path: path)
                try manager.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(bytes).write(to: file)
                chmod(file.path, 0o444)
            }
            for directory in [temporary, temporary.appending(path: "nsml")] { chmod(directory.path, 0o755) }
            try publish(temporary, as: target)
        } catch {
            // The first error is the one that counts.
            try? manager.removeItem(at: temporary)
            throw Failure(.localError, "the Python library cannot be written to \(directory.path): \(error.localizedDescription)")
        }
        return target
    }

    /// By one rename; somebody else's that came first is as good.
    private static func publish(_ temporary: URL, as target: URL) throws {
        guard rename(temporary.path, target.path) != 0 else { return }
        guard FileManager.default.fileExists(atPath: target.path) else { throw SystemError("rename") }
        try FileManager.default.removeItem(at: temporary)
    }

    private static var hash: String {
        var text: [UInt8] = []
        for (path, bytes) in files { text += Array("\(path) \(bytes.count)\n".utf8) + bytes }
        return String(Digest(of: text).hex.prefix(16))
    }
}
