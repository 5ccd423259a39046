extension Migration {
    /// Sessions that give way, pause and go on from a checkpoint; and what users used of late, for their turns.
    ///
    /// `codeResumes`: the code has bound a save and a load function. `savedAt`: the newest checkpoint's time. `waitingSince`: when it was
    /// queued the last time, while `queuedAt` is its age in the queue. `hasBegun`: it lost its place and goes on before others.
    /// `yieldCause` to `yieldTo`: it has been asked to give its place back, when, how soon, and for which session.
    static let yielding = Migration(
        name: "yielding",
        sql: """
            ALTER TABLE session ADD COLUMN isProtected INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE session ADD COLUMN codeResumes INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE session ADD COLUMN savedAt INTEGER;
            ALTER TABLE session ADD COLUMN waitingSince INTEGER;
            ALTER TABLE session ADD COLUMN hasBegun INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE session ADD COLUMN gaveWayTo TEXT;
            ALTER TABLE session ADD COLUMN yieldCause TEXT;
            ALTER TABLE session ADD COLUMN yieldGraceSeconds REAL;
            ALTER TABLE session ADD COLUMN yieldAt INTEGER;
            ALTER TABLE session ADD COLUMN yieldTo TEXT;
            UPDATE session SET waitingSince = queuedAt,
                savedAt = (SELECT max(createdAt) FROM checkpoint WHERE checkpoint.session = session.id);

            CREATE TABLE deviceUsage (
                user TEXT NOT NULL PRIMARY KEY REFERENCES user(name) ON DELETE CASCADE,
                deviceSeconds REAL NOT NULL,
                at INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            """)

    /// After a session went on from a checkpoint, the next point of a series that has `isCut` takes the place of those from its step on.
    static let cutSeries = Migration(
        name: "cut series", sql: "ALTER TABLE metric ADD COLUMN isCut INTEGER NOT NULL DEFAULT 0;")
}
