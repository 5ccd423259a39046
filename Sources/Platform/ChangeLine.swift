import API
import Store

/// A change's line of a journal:
///
///     {"kind":"change","time":...,"step":120,"point":122,"question":7,"way":"set","now":false,"failed":false,"isCut":false,
///      "code":"lr = 0.1","targets":[{"target":"lr","old":"0.01","new":"0.1"}],"mismatch":"..."}
///
/// A session writes what it likes: texts are cut to what the library writes, and no more targets are taken than it names.
extension JournalChange {
    private static let maximumTargets = 100
    private static let maximumTextCharacters = 2_000
    private static let ways: Set<String> = ["exec", "set", "do", "replay"]

    /// nil: no line of a change. The offset is for the caller to say.
    init?(_ fields: [String: JSONValue], _ timeMilliseconds: Int64) {
        guard case .text(let way) = fields["way"], Self.ways.contains(way), case .number(_, let step?) = fields["step"], step >= 0,
            case .number(_, let point?) = fields["point"], point >= 0
        else { return nil }
        var targets: [ChangedTarget] = []
        if case .list(let list) = fields["targets"] { targets = list.prefix(Self.maximumTargets).compactMap(Self.target) }
        var question: Int64?
        if case .number(_, let number) = fields["question"] { question = number }
        var code = ""
        if case .text(let text) = fields["code"] { code = text }
        self.init(
            offset: 0, timeMilliseconds: timeMilliseconds, way: way, step: step, point: point, question: question, code: code,
            targets: targets, now: fields["now"] == .flag(true), failed: fields["failed"] == .flag(true),
            isCut: fields["isCut"] == .flag(true), mismatch: Self.text(fields["mismatch"]))
    }

    private static func target(_ value: JSONValue) -> ChangedTarget? {
        guard case .object(let fields) = value, let target = text(fields["target"]) else { return nil }
        return ChangedTarget(target: target, old: text(fields["old"]), new: text(fields["new"]))
    }

    private static func text(_ value: JSONValue?) -> String? {
        guard case .text(let text) = value else { return nil }
        return String(text.prefix(maximumTextCharacters))
    }
}
