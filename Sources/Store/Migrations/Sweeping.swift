extension Migration {
    /// How often content was removed that nothing referred to. One row: whoever saw that some content was there, and refers to it later, sees
    /// by this number whether to look again.
    static let sweeping = Migration(
        name: "sweeping",
        sql: """
            CREATE TABLE sweep (number INTEGER NOT NULL) STRICT;
            INSERT INTO sweep VALUES (0);
            CREATE INDEX mediaContent ON media(digest);
            """)
}
