import API
import CSQLite
import Foundation
import GRDB
import Glibc
import Logging

/// Opens a database file the one way that all of ours are opened.
///
/// The file is made with mode 0600. It runs in WAL mode with `synchronous = FULL`, foreign keys checked, and without what SQLite offers
/// to programs that trust their input. A file that a newer program wrote is refused; before an older one is migrated, a copy of it is
/// put beside it, `NAME.before-N`, where N is the number of the first step that it lacks. A file whose structure is damaged can be
/// opened for reading what is left of it, unless it would have to be migrated.
enum DatabaseFile {
    /// Readers at a time; a page load asks several things at once, and each reader holds a cache.
    static let maximumReaders = 8
    /// Processor time of a question. None of ours takes longer unless it is a mistake, or somebody's attempt to keep us busy.
    static let queryMilliseconds: Int64 = 2_000
    /// Files above this size are not read whole at every start.
    static let quickCheckBytes = 64 << 20

    /// - Returns: the open file, and what is damaged of it: then it must not be written.
    /// - Parameters:
    ///   - attached: a second file, which reading connections see as `series`.
    ///   - pageBytes: the page size of a file that does not exist yet.
    static func open(_ url: URL, migrations: [Migration], attached: URL? = nil, pageBytes: Int = 4096, logger: Logger) throws
        -> (pool: DatabasePool, damage: String?)
    {
        let path = url.path(percentEncoded: false)
        try create(path)
        let pool: DatabasePool
        do {
            pool = try DatabasePool(path: path, configuration: configuration(attached: attached, pageBytes: pageBytes))
            // GRDB sets NORMAL when it turns WAL on, after `prepareDatabase`; with that, a power cut loses what we acknowledged.
            try pool.writeWithoutTransaction { database in try database.execute(sql: "PRAGMA synchronous = FULL") }
        } catch let error as DatabaseError {
            throw unreadable(url, error)
        }
        let damage = try quickCheck(pool, at: url)
        if let damage { logger.critical("a database is damaged", metadata: ["file": "\(url.lastPathComponent)", "finding": "\(damage)"]) }
        try migrate(pool, at: url, migrations: migrations, damage: damage, logger: logger)
        return (pool, damage)
    }

    private static func configuration(attached: URL?, pageBytes: Int) -> Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = maximumReaders
        configuration.prepareDatabase { database in
            guard let connection = database.sqliteConnection else { return }
            let result = nsml_sqlite_harden(UnsafeMutableRawPointer(connection))
            guard result == 0 else { throw DatabaseError(resultCode: ResultCode(rawValue: result)) }
            guard database.configuration.readonly else {
                // Has an effect only on a file without tables.
                return try database.execute(sql: "PRAGMA page_size = \(pageBytes)")
            }
            nsml_sqlite_watch(UnsafeMutableRawPointer(connection))
            if let attached {
                try database.execute(sql: "ATTACH DATABASE ? AS series", arguments: [attached.path(percentEncoded: false)])
            }
        }
        return configuration
    }

    /// Makes the empty file with its mode before SQLite sees it; the WAL and the index beside it take their mode from it.
    private static func create(_ path: String) throws {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure(.localError, "cannot open '\(path)': \(String(cString: strerror(errno)))")
        }
        Glibc.close(descriptor)
        try synchronizeDirectory(of: path)
    }

    /// Closes a file so that nothing is left beside it.
    static func close(_ pool: DatabasePool) throws {
        try pool.writeWithoutTransaction { database in _ = try database.checkpoint(.truncate) }
        // GRDB closes the writer first; SQLite removes the log only when the last connection to go may write.
        pool.invalidateReadOnlyConnections()
        try pool.close()
    }

    static func migrate(_ pool: DatabasePool, at url: URL, migrations: [Migration], damage: String? = nil, logger: Logger) throws {
        let migrator = Migration.migrator(migrations)
        // On the writer: a reader would find the other file's list of steps where this one has none yet.
        let (isNewer, applied) = try pool.writeWithoutTransaction { database in
            (try migrator.hasBeenSuperseded(database), try migrator.appliedIdentifiers(database))
        }
        guard !isNewer else {
            throw Failure(
                .unavailable, "'\(url.lastPathComponent)' was written by a newer version of nsml",
                hint: "start that version, or restore a copy of the file from before the upgrade")
        }
        guard let next = migrations.firstIndex(where: { !applied.contains($0.name) }) else { return }
        if let damage { throw unreadable(url, damage) }
        if !applied.isEmpty {
            let copy = try copy(pool, of: url, before: next + 1)
            logger.info("migrating the database", metadata: ["file": "\(url.lastPathComponent)", "copy": "\(copy.lastPathComponent)"])
        }
        try migrator.migrate(pool)
    }

    /// Copies the whole file, durably, under a name that says what it is.
    private static func copy(_ pool: DatabasePool, of url: URL, before number: Int) throws -> URL {
        let copy = url.deletingLastPathComponent().appending(path: "\(url.lastPathComponent).before-\(number)")
        let path = copy.path(percentEncoded: false)
        let temporary = path + ".tmp"
        // What a crash left half-done; absent is the usual case.
        unlink(temporary)
        try create(temporary)
        try pool.writeWithoutTransaction { database in try database.execute(sql: "VACUUM INTO ?", arguments: [temporary]) }
        let descriptor = Glibc.open(temporary, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { Glibc.close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0, rename(temporary, path) == 0 else {
            throw Failure(.localError, "cannot write '\(path)': \(String(cString: strerror(errno)))", hint: "make room and start again")
        }
        try synchronizeDirectory(of: path)
        return copy
    }

    private static func synchronizeDirectory(of path: String) throws {
        let directory = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if descriptor >= 0 { Glibc.close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw Failure(.localError, "cannot synchronize '\(directory)': \(String(cString: strerror(errno)))")
        }
    }

    /// What is wrong with the structure of a file that is not too large to be looked at in a moment.
    private static func quickCheck(_ pool: DatabasePool, at url: URL) throws -> String? {
        let pages = try pool.read { database in try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0 }
        let pageBytes = try pool.read { database in try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0 }
        guard pages * pageBytes <= quickCheckBytes else { return nil }
        do {
            let finding = try pool.writeWithoutTransaction { database in try String.fetchOne(database, sql: "PRAGMA quick_check(1)") }
            return finding == "ok" ? nil : finding.map(firstLine)
        } catch let error as DatabaseError where StoreFault(error) != nil {
            return error.message ?? error.resultCode.description
        }
    }

    /// SQLite's findings may be lists of several lines.
    private static func firstLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).last.map(String.init) ?? text
    }

    private static func unreadable(_ url: URL, _ error: DatabaseError) -> Failure {
        unreadable(url, error.message ?? error.resultCode.description)
    }

    private static func unreadable(_ url: URL, _ finding: String) -> Failure {
        Failure(
            .corruptContent, "the database '\(url.lastPathComponent)' cannot be used: \(finding)",
            hint: "restore it from a backup; nothing was changed")
    }
}

extension Failure {
    /// What an error of the database means to people. Errors that are our own mistakes stay what they are.
    static func translating(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        switch error.resultCode {
        case .SQLITE_FULL:
            return Failure(.storageFull, "the server's disk is full", hint: "remove checkpoints, sessions or datasets, then try again")
        case .SQLITE_INTERRUPT:
            return Failure(.timeout, "the question took too long", hint: "ask for less: fewer rows, a narrower range, a simpler pattern")
        case .SQLITE_IOERR:
            return Failure(.unavailable, "the server cannot read or write its database", hint: "its log says more; check its disk")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return Failure(.corruptContent, "the server's database is damaged", hint: "restore it from a backup")
        default:
            return error
        }
    }
}
