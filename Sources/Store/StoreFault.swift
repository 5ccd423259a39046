import API
import CSQLite
import GRDB
import Glibc

/// What makes a store read-only until the server is started again.
enum StoreFault: Sendable, Equatable {
    /// A write or a flush failed. What the operating system held for the file may be gone, and a second try would not say so.
    case disk
    /// The file's structure is broken: each further write could spoil more of it.
    case damage(String)

    /// Nil: the error is about one write, or about room that is missing for now.
    init?(_ error: any Error) {
        guard let error = error as? DatabaseError else { return nil }
        switch error.resultCode {
        case .SQLITE_IOERR: self = .disk
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damage(error.message ?? "\(error.resultCode)")
        default: return nil
        }
    }

    /// Why a write is refused.
    var failure: Failure {
        switch self {
        case .disk:
            Failure(
                .unavailable, "the server can no longer write its database",
                hint: "its disk reported an error; check the disk, then start the server again")
        case .damage(let finding):
            Failure(
                .unavailable, "the platform is read-only: its database is damaged (\(finding))",
                hint: "save what is needed, then restore a backup; 'nsml check --data' says what is hurt when the server is down")
        }
    }

    /// A user's limit on the file system is a full disk, which SQLite takes for a broken one.
    static func naming(_ error: any Error, on database: Database) -> any Error {
        guard let known = error as? DatabaseError, known.resultCode == .SQLITE_IOERR, let connection = database.sqliteConnection,
            nsml_sqlite_system_error(UnsafeMutableRawPointer(connection)) == EDQUOT
        else { return error }
        return DatabaseError(resultCode: .SQLITE_FULL, message: known.message)
    }
}
