extension Migration {
    /// Images, sounds, histograms and tables of sessions, known by where their last line begins in the journal, from 1;
    /// their bytes are content.
    ///
    /// `mediaPart` has what arrived of those that are longer than a line, until the rest is there.
    static let media = Migration(
        name: "media",
        sql: """
            CREATE TABLE media (
                session INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
                offset INTEGER NOT NULL,
                name TEXT NOT NULL,
                step INTEGER NOT NULL,
                time INTEGER NOT NULL,
                kind TEXT NOT NULL,
                type TEXT NOT NULL,
                caption TEXT NOT NULL,
                bytes INTEGER NOT NULL,
                digest BLOB NOT NULL,
                PRIMARY KEY (session, offset)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX mediaPlace ON media(session, name, step);

            CREATE TABLE mediaPart (
                session INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
                id TEXT NOT NULL,
                part INTEGER NOT NULL,
                bytes BLOB NOT NULL,
                PRIMARY KEY (session, id, part)
            ) STRICT, WITHOUT ROWID;
            """)
}
