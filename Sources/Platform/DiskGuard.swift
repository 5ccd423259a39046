import API

/// Refuses what would fill the disk, early enough that reading, stopping and deleting still work.
package struct DiskGuard: Sendable {
    private let directory: DataDirectory
    private let reservedBytes: Int64

    package init(directory: DataDirectory, reservedBytes: Int64) {
        self.directory = directory
        self.reservedBytes = reservedBytes
    }

    /// Throws `storage_full` unless a push of that many bytes leaves the reserve untouched.
    package func allowPush(_ bytes: Int64) throws {
        let free = directory.freeBytes()
        guard free - bytes >= reservedBytes else {
            throw Failure(
                .storageFull, "the platform's disk has \(free) bytes left, of which \(reservedBytes) are kept in reserve",
                hint: "free space, or remove sessions with 'nsml rm' and checkpoints with 'nsml model rm'")
        }
    }

    /// Throws `storage_full` when not even reports can be taken; supervisors keep them and try again.
    package func allowReport() throws {
        guard directory.freeBytes() >= reservedBytes / 5 else {
            throw Failure(.storageFull, "the platform's disk is nearly full", hint: "nothing is lost: it is sent again when there is space")
        }
    }
}
