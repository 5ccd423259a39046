extension Migration {
    /// Questions to living sessions, and what they changed.
    ///
    /// A change is known by the offset of its line in the session's journal: the same one read twice is one. `change` has what was run,
    /// `changeTarget` each thing that was assigned, with the number of the event that tells of it.
    static let live = Migration(
        name: "live",
        sql: """
            CREATE TABLE question (
                session INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
                number INTEGER NOT NULL,
                actor TEXT NOT NULL,
                kind TEXT NOT NULL,
                time INTEGER NOT NULL,
                PRIMARY KEY (session, number)
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE change (
                session INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
                offset INTEGER NOT NULL,
                time INTEGER NOT NULL,
                author TEXT NOT NULL,
                way TEXT NOT NULL,
                step INTEGER NOT NULL,
                point INTEGER NOT NULL,
                code TEXT NOT NULL,
                isNow INTEGER NOT NULL,
                hasFailed INTEGER NOT NULL,
                isCut INTEGER NOT NULL,
                mismatch TEXT,
                PRIMARY KEY (session, offset)
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE changeTarget (
                session INTEGER NOT NULL,
                offset INTEGER NOT NULL,
                item INTEGER NOT NULL,
                event INTEGER NOT NULL,
                target TEXT NOT NULL,
                old TEXT,
                new TEXT,
                PRIMARY KEY (session, offset, item),
                FOREIGN KEY (session, offset) REFERENCES change(session, offset) ON DELETE CASCADE
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX changeTargetEvent ON changeTarget(session, event);
            """)
}
