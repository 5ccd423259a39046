extension Migration {
    /// When the last value of a series was reported; NULL: before this was kept here.
    static let lastTimes = Migration(name: "last times", sql: "ALTER TABLE metric ADD COLUMN lastTime INTEGER;")
}
