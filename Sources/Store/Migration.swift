import API
import GRDB

/// One step of a schema. Never edited once it was released: files of every released version must still open.
struct Migration: Sendable {
    /// Its number, and a word for people who read the file.
    let name: String
    /// Only strings, never Swift types: what they mean must not change with the program.
    let sql: String

    static func migrator(_ migrations: [Migration]) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.name) { database in try database.execute(sql: migration.sql) }
        }
        return migrator
    }
}

extension Migration {
    /// The schema of `nsml.sqlite`.
    ///
    /// Times are milliseconds since 1970, UTC; digests are 32 bytes; lists and summaries are JSON text; a flag is 0 or 1.
    static let store: [Migration] = [
        Migration(name: "1 first", sql: firstOfStore), submissions, removal, yielding, lineage, live, arguments, quotas, media, sweeping,
    ]

    private static let firstOfStore = """
        CREATE TABLE user (
            name TEXT NOT NULL PRIMARY KEY,
            role TEXT NOT NULL,
            createdAt INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE dataset (
            name TEXT NOT NULL PRIMARY KEY,
            owner TEXT NOT NULL REFERENCES user(name),
            description TEXT NOT NULL,
            tags TEXT NOT NULL,
            isPrivate INTEGER NOT NULL,
            metric TEXT,
            metricOrder TEXT NOT NULL,
            checkpointLimitBytes INTEGER,
            createdAt INTEGER NOT NULL,
            versionCount INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX datasetOwner ON dataset(owner);

        CREATE TABLE datasetVersion (
            dataset TEXT NOT NULL REFERENCES dataset(name) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            manifest BLOB NOT NULL,
            fileCount INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            createdAt INTEGER NOT NULL,
            author TEXT NOT NULL,
            PRIMARY KEY (dataset, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE datasetReader (
            dataset TEXT NOT NULL REFERENCES dataset(name) ON DELETE CASCADE,
            user TEXT NOT NULL REFERENCES user(name) ON DELETE CASCADE,
            PRIMARY KEY (dataset, user)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX datasetReaderUser ON datasetReader(user);

        CREATE TABLE session (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user TEXT NOT NULL REFERENCES user(name),
            dataset TEXT NOT NULL,
            number INTEGER NOT NULL,
            name TEXT NOT NULL GENERATED ALWAYS AS (user || '/' || dataset || '/' || number) VIRTUAL,
            type TEXT NOT NULL,
            state TEXT NOT NULL,
            reason TEXT,
            exitCode INTEGER,
            exitSignal INTEGER,
            outOfMemory INTEGER,
            memoryPeakBytes INTEGER,
            createdAt INTEGER NOT NULL,
            queuedAt INTEGER NOT NULL,
            startedAt INTEGER,
            startedEpoch INTEGER,
            finishedAt INTEGER,
            entry TEXT NOT NULL,
            arguments TEXT NOT NULL,
            memo TEXT NOT NULL,
            label TEXT,
            datasets TEXT NOT NULL,
            gpus INTEGER NOT NULL,
            cpus INTEGER NOT NULL,
            memoryBytes INTEGER NOT NULL,
            sharedMemoryBytes INTEGER NOT NULL,
            priority INTEGER NOT NULL,
            isPrivate INTEGER NOT NULL,
            keep TEXT,
            network INTEGER NOT NULL,
            outputDirectory INTEGER NOT NULL,
            interactive INTEGER NOT NULL,
            node TEXT,
            devices TEXT,
            parent TEXT,
            workspace BLOB NOT NULL,
            environment TEXT,
            summary TEXT NOT NULL DEFAULT '{}',
            step INTEGER,
            checkpointCount INTEGER NOT NULL DEFAULT 0,
            checkpointBytes INTEGER NOT NULL DEFAULT 0,
            outputBytes INTEGER NOT NULL DEFAULT 0,
            eventNumber INTEGER NOT NULL DEFAULT 0,
            epoch INTEGER NOT NULL DEFAULT 0,
            stopGraceSeconds REAL,
            stopSave INTEGER,
            UNIQUE (user, dataset, number)
        ) STRICT;
        CREATE INDEX sessionUser ON session(user, id);
        CREATE INDEX sessionDataset ON session(dataset, id);
        CREATE INDEX sessionOpen ON session(state, id) WHERE state IN ('queued', 'preparing', 'running', 'paused');

        -- The last number given on a dataset; it outlives its sessions, so that no number is given twice.
        CREATE TABLE sessionNumber (
            user TEXT NOT NULL,
            dataset TEXT NOT NULL,
            last INTEGER NOT NULL,
            PRIMARY KEY (user, dataset)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE event (
            session INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            time INTEGER NOT NULL,
            actor TEXT NOT NULL,
            event TEXT NOT NULL,
            detail TEXT NOT NULL,
            PRIMARY KEY (session, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE checkpoint (
            session INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            createdAt INTEGER NOT NULL,
            elapsedSeconds REAL NOT NULL,
            step INTEGER,
            summary TEXT NOT NULL,
            fileCount INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            manifest BLOB NOT NULL,
            PRIMARY KEY (session, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX checkpointOrder ON checkpoint(session, epoch, sequence);

        -- Every checkpoint ever posted, also those overwritten or removed: the same one posted again must change nothing.
        CREATE TABLE checkpointPost (
            session INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
            epoch INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            name TEXT NOT NULL,
            createdAt INTEGER NOT NULL,
            PRIMARY KEY (session, epoch, sequence)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE token (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user TEXT NOT NULL REFERENCES user(name) ON DELETE CASCADE,
            session INTEGER REFERENCES session(id) ON DELETE CASCADE,
            label TEXT NOT NULL,
            hash BLOB NOT NULL UNIQUE,
            createdAt INTEGER NOT NULL,
            expiresAt INTEGER,
            lastUsedAt INTEGER
        ) STRICT;
        CREATE INDEX tokenUser ON token(user);
        CREATE INDEX tokenSession ON token(session) WHERE session IS NOT NULL;

        CREATE TABLE content (
            digest BLOB NOT NULL PRIMARY KEY,
            bytes INTEGER NOT NULL,
            createdAt INTEGER NOT NULL,
            isPublic INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE contentHolder (
            digest BLOB NOT NULL REFERENCES content(digest) ON DELETE CASCADE,
            user TEXT NOT NULL REFERENCES user(name) ON DELETE CASCADE,
            PRIMARY KEY (digest, user)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE audit (
            number INTEGER PRIMARY KEY,
            time INTEGER NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            object TEXT NOT NULL,
            result TEXT NOT NULL,
            address TEXT NOT NULL,
            hash BLOB NOT NULL
        ) STRICT;
        """
}

extension Migration {
    /// The schema of `series.sqlite`. What the bytes of a block and of its outline mean is said in `BlockCodec.swift` and
    /// `BlockOutline.swift`.
    static let series: [Migration] = [Migration(name: "1 first", sql: firstOfSeries), .cutSeries, .lastTimes]

    private static let firstOfSeries = """
        -- How far each stream of a session is stored, in bytes.
        CREATE TABLE stream (
            session INTEGER NOT NULL,
            stream TEXT NOT NULL,
            offset INTEGER NOT NULL,
            PRIMARY KEY (session, stream)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE metricName (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        ) STRICT;

        -- lastBits: the bits of the double, which may be NaN. The bests ignore NaN.
        CREATE TABLE metric (
            session INTEGER NOT NULL,
            name INTEGER NOT NULL REFERENCES metricName(id),
            count INTEGER NOT NULL,
            lastBits INTEGER NOT NULL,
            lastStep INTEGER NOT NULL,
            minimum REAL,
            minimumStep INTEGER,
            maximum REAL,
            maximumStep INTEGER,
            PRIMARY KEY (session, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX metricMinimum ON metric(name, minimum, session);
        CREATE INDEX metricMaximum ON metric(name, maximum, session);

        -- The blocks of a series in the order of its reports. Only the last one of a series is ever rewritten.
        CREATE TABLE block (
            id INTEGER PRIMARY KEY,
            session INTEGER NOT NULL,
            name INTEGER NOT NULL,
            number INTEGER NOT NULL,
            count INTEGER NOT NULL,
            lowStep INTEGER NOT NULL,
            highStep INTEGER NOT NULL,
            outline BLOB NOT NULL,
            bytes BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX blockOrder ON block(session, name, number);

        CREATE TABLE text (
            id INTEGER PRIMARY KEY,
            session INTEGER NOT NULL,
            name INTEGER NOT NULL REFERENCES metricName(id),
            step INTEGER NOT NULL,
            time INTEGER NOT NULL,
            text TEXT NOT NULL
        ) STRICT;
        CREATE INDEX textOrder ON text(session, id);
        """
}
