extension Migration {
    /// Where a session comes from, and with what it was started again.
    static let lineage = Migration(
        name: "lineage",
        sql: """
            ALTER TABLE session ADD COLUMN addedArguments TEXT NOT NULL DEFAULT '[]';
            -- The name of the session whose code it took; it may be gone.
            ALTER TABLE session ADD COLUMN origin TEXT;
            -- The files of the checkpoint that it began with, which stay as long as the session.
            ALTER TABLE session ADD COLUMN checkpointManifest BLOB;
            -- What sessions ran with, each kept once.
            CREATE TABLE environmentRecord (
                id INTEGER PRIMARY KEY,
                record TEXT NOT NULL UNIQUE
            ) STRICT;
            ALTER TABLE session ADD COLUMN environmentRecord INTEGER;
            -- The environment of the original, of a session that does again what that one did.
            ALTER TABLE session ADD COLUMN lockedEnvironment TEXT;
            ALTER TABLE session ADD COLUMN lockedRecord INTEGER;
            -- The changes by hand that are made again in it, as they were in the original.
            ALTER TABLE session ADD COLUMN replay TEXT NOT NULL DEFAULT '[]';
            CREATE INDEX sessionOrigin ON session(origin) WHERE origin IS NOT NULL;
            """)
}
