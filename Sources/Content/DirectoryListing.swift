import API
import Glibc

/// The names in a directory.
enum DirectoryListing {
    struct Entry: Sendable {
        var bytes: [UInt8]
        /// With replacement characters where the bytes are no UTF-8.
        var text: String
        var isUTF8: Bool
    }

    /// In no order, without `.` and `..`.
    static func entries(of directory: OpenFile) throws -> [Entry] {
        // A descriptor of its own: the stream closes it, and reads from its own position.
        let copy = openat(directory.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { throw Failure.system("list", directory.name, errno) }
        defer { closedir(stream) }
        var entries: [Entry] = []
        while let entry = readdir(stream) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard !bytes.elementsEqual(".".utf8), !bytes.elementsEqual("..".utf8) else { continue }
            let text = String(validating: bytes, as: UTF8.self)
            entries.append(Entry(bytes: bytes, text: text ?? String(decoding: bytes, as: UTF8.self), isUTF8: text != nil))
        }
        return entries
    }
}
