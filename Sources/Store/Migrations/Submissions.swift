extension Migration {
    /// Leaderboards: what is hidden of a dataset's version, and the scores.
    static let submissions = Migration(
        name: "submissions",
        sql: """
            ALTER TABLE dataset ADD COLUMN submitsPerHour INTEGER;
            ALTER TABLE dataset ADD COLUMN startLimitSeconds REAL;
            ALTER TABLE dataset ADD COLUMN inferLimitSeconds REAL;

            -- What others than its owner see of a version: a manifest without the hidden test part. `scoring` is a digest over
            -- what decides a score: equal ones compare.
            CREATE TABLE datasetPublic (
                dataset TEXT NOT NULL,
                version INTEGER NOT NULL,
                manifest BLOB NOT NULL,
                fileCount INTEGER NOT NULL,
                bytes INTEGER NOT NULL,
                scoring BLOB NOT NULL,
                PRIMARY KEY (dataset, version),
                FOREIGN KEY (dataset, version) REFERENCES datasetVersion(dataset, number) ON DELETE CASCADE
            ) STRICT, WITHOUT ROWID;

            -- `session` is the id of the session that works on it; the session may be gone.
            CREATE TABLE submission (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                dataset TEXT NOT NULL REFERENCES dataset(name) ON DELETE CASCADE,
                version INTEGER NOT NULL,
                scoring BLOB NOT NULL,
                metric TEXT NOT NULL,
                metricOrder TEXT NOT NULL,
                user TEXT NOT NULL,
                checkpoint TEXT NOT NULL,
                checkpointBytes INTEGER NOT NULL,
                isTest INTEGER NOT NULL,
                batchSize INTEGER,
                startLimitSeconds REAL NOT NULL,
                inferLimitSeconds REAL NOT NULL,
                session INTEGER NOT NULL,
                attempts INTEGER NOT NULL DEFAULT 1,
                status TEXT NOT NULL DEFAULT 'queued',
                stage TEXT NOT NULL DEFAULT 'start',
                createdAt INTEGER NOT NULL,
                finishedAt INTEGER,
                loadSeconds REAL,
                inferSeconds REAL,
                score REAL,
                failure TEXT,
                changeNumber INTEGER NOT NULL DEFAULT 0
            ) STRICT;
            CREATE INDEX submissionBoard ON submission(dataset, status, user);
            CREATE INDEX submissionUser ON submission(user, number);
            CREATE INDEX submissionOpen ON submission(session) WHERE status IN ('queued', 'running');

            CREATE TRIGGER submissionIsFinal BEFORE UPDATE ON submission WHEN old.status IN ('scored', 'failed', 'cancelled')
            BEGIN
                SELECT raise(ABORT, 'a submission that is over never changes');
            END;
            """)
}
