extension Migration {
    /// A session that is being removed is marked until nothing of it is left, so that no crash in between leaks anything; and
    /// interactive sessions are found without looking through all.
    static let removal = Migration(
        name: "removal",
        sql: """
            ALTER TABLE session ADD COLUMN removedAt INTEGER;
            CREATE INDEX sessionRemoved ON session(id) WHERE removedAt IS NOT NULL;
            CREATE INDEX sessionInteractive ON session(id) WHERE interactive = 1;
            """)
}
