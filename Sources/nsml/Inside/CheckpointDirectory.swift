import API
import Foundation
import Glibc

/// Copies a directory into a fresh one of the session's `checkpoints`, from where the supervisor stores it.
enum CheckpointDirectory {
    /// Returns the new directory, relative to the shared directory: `checkpoints/000003`.
    static func copy(_ source: String, into shared: String) throws -> String {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: source, isDirectory: &isDirectory) else {
            throw Failure.noSuch("file or directory", source)
        }
        let parent = "\(shared)/checkpoints"
        mkdir(parent, 0o755)
        let name = try make(in: parent)
        let target = "\(parent)/\(name)"
        do {
            guard isDirectory.boolValue else {
                try FileManager.default.copyItem(atPath: source, toPath: "\(target)/\(URL(filePath: source).lastPathComponent)")
                return "checkpoints/\(name)"
            }
            for entry in try FileManager.default.contentsOfDirectory(atPath: source) {
                try FileManager.default.copyItem(atPath: "\(source)/\(entry)", toPath: "\(target)/\(entry)")
            }
        } catch {
            // Half a checkpoint is none, and nobody was told of it.
            try? FileManager.default.removeItem(atPath: target)
            throw Failure(.localError, "cannot copy '\(source)': \(error.localizedDescription)", hint: "is the disk full?")
        }
        return "checkpoints/\(name)"
    }

    /// Makes the next free numbered directory; others in the session may do so at the same time.
    private static func make(in parent: String) throws -> String {
        // An unreadable directory shows itself when the first one is made.
        let taken = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        var number = (taken.compactMap(Int.init).max() ?? 0) + 1
        while true {
            let digits = String(number)
            let name = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
            if mkdir("\(parent)/\(name)", 0o755) == 0 { return name }
            guard errno == EEXIST else {
                throw Failure(.localError, "cannot make a checkpoint's directory: \(String(cString: strerror(errno)))")
            }
            number += 1
        }
    }
}
