package import API
import GRDB

extension Transaction {
    private static let userColumns = "name, role, createdAt"

    private static func user(_ columns: inout Columns) throws -> UserRecord {
        UserRecord(name: columns.user(), role: try columns.word(), createdAt: columns.date())
    }

    /// All users by name.
    package func users() throws -> [UserRecord] {
        try all("SELECT \(Self.userColumns) FROM user ORDER BY name", [], Self.user)
    }

    package func user(_ name: UserName) throws -> UserRecord? {
        try first("SELECT \(Self.userColumns) FROM user WHERE name = ?", [name.rawValue], Self.user)
    }

    package func countUsers() throws -> Int {
        Int(try integer("SELECT count(*) FROM user") ?? 0)
    }

    /// Throws `already_exists` when the name is taken.
    package func insertUser(_ user: UserRecord) throws {
        do {
            try execute(
                "INSERT INTO user (name, role, createdAt) VALUES (?, ?, ?)",
                [user.name.rawValue, user.role.rawValue, user.createdAt.milliseconds])
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_PRIMARYKEY {
            throw Failure.exists("user", user.name)
        }
    }

    /// Removes a user with all tokens. Throws `wrong_state` while the user owns datasets or sessions.
    package func removeUser(_ name: UserName) throws {
        guard try user(name) != nil else { throw Failure.noSuch("user", name, hint: "'nsml user ls' lists them") }
        let datasets = try integer("SELECT count(*) FROM dataset WHERE owner = ?", [name.rawValue]) ?? 0
        let sessions = try integer("SELECT count(*) FROM session WHERE user = ?", [name.rawValue]) ?? 0
        guard datasets == 0, sessions == 0 else {
            throw Failure(
                .wrongState, "user '\(name)' owns \(datasets) datasets and \(sessions) sessions", hint: "remove these first")
        }
        try execute("DELETE FROM user WHERE name = ?", [name.rawValue])
    }
}
