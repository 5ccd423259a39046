extension Migration {
    /// What a user may have, NULL for as much as there is; what a token is good for, NULL for everything; and what of a version was not in
    /// the one before.
    static let quotas = Migration(
        name: "quotas",
        sql: """
            ALTER TABLE user ADD COLUMN storageLimitBytes INTEGER;
            ALTER TABLE user ADD COLUMN sessionLimit INTEGER;
            ALTER TABLE user ADD COLUMN gpuLimit INTEGER;
            ALTER TABLE token ADD COLUMN scopes TEXT;
            ALTER TABLE datasetVersion ADD COLUMN newBytes INTEGER;
            """)
}
