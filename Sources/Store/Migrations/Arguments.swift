extension Migration {
    /// The arguments of sessions as pairs, so that lists can be filtered by them.
    ///
    /// `--lr 0.1 --fast x.py -q` is `lr: 0.1`, `fast: x.py`, `q: yes`; a word that belongs to no option goes by its place, from 1. What looks
    /// like a number is known as one, too. Of an option that is given twice the last counts. A trigger makes them; arguments never change.
    static let arguments = Migration(
        name: "arguments",
        sql: """
            CREATE TABLE sessionArgument (
                session INTEGER NOT NULL REFERENCES session(id) ON DELETE CASCADE,
                name TEXT NOT NULL,
                value TEXT NOT NULL,
                number REAL,
                PRIMARY KEY (session, name)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX sessionArgumentNumber ON sessionArgument(name, number, session);
            CREATE INDEX sessionArgumentValue ON sessionArgument(name, value, session);

            \(insertArguments(from: "session s, json_each(s.arguments) a"));

            CREATE TRIGGER sessionArguments AFTER INSERT ON session WHEN NEW.arguments <> '[]' BEGIN
            \(insertArguments(from: "session s, json_each(NEW.arguments) a WHERE s.id = NEW.id"));
            END;
            """)

    private static func insertArguments(from words: String) -> String {
        """
        INSERT OR REPLACE INTO sessionArgument (session, name, value, number)
        SELECT session, name, value,
            CASE WHEN value GLOB '*[0-9]*' AND value GLOB '*[0-9.]' AND ltrim(value, '-+') GLOB '[0-9.]*'
                AND NOT value GLOB '*[^-+.0-9eE]*' AND NOT value GLOB '*.*.*' AND NOT value GLOB '*[eE]*[eE.]*'
                AND NOT value GLOB '*[0-9.][-+]*' AND NOT value GLOB '*[-+][-+]*' THEN CAST(value AS REAL) END
        FROM (
            SELECT session, place,
                CASE WHEN isOption AND sign > 0 THEN substr(ltrim(text, '-'), 1, instr(ltrim(text, '-'), '=') - 1)
                    WHEN isOption THEN ltrim(text, '-') ELSE CAST(place + 1 AS TEXT) END AS name,
                CASE WHEN isOption AND sign > 0 THEN substr(text, sign + 1)
                    WHEN isOption THEN CASE WHEN isFollowed THEN following ELSE 'yes' END ELSE text END AS value
            FROM (
                SELECT *, lead(text) OVER near AS following, lead(NOT isOption) OVER near IS 1 AS isFollowed,
                    lag(isOption AND sign = 0) OVER near IS 1 AS isTaken
                FROM (
                    SELECT s.id AS session, a.key AS place, a.value AS text, instr(a.value, '=') AS sign,
                        a.value GLOB '-[A-Za-z_]*' OR a.value GLOB '--[A-Za-z_]*' AS isOption
                    FROM \(words)
                ) WINDOW near AS (PARTITION BY session ORDER BY place)
            ) WHERE isOption OR NOT isTaken
        ) ORDER BY session, place
        """
    }
}
