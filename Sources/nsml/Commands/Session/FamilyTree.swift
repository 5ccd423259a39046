import API

/// The family of a session as a tree of lines: who was made from whom, and with which checkpoint.
struct FamilyTree {
    private let family: Family
    private let session: FamilyMember

    init(of session: SessionRecord, _ family: Family) {
        self.family = family
        self.session = FamilyMember(
            session: session.name, origin: session.origin, checkpoint: session.parent, type: session.type, state: session.state,
            createdAt: session.createdAt, memo: session.memo)
    }

    func lines(color: Bool) -> [String] {
        let line = family.ancestors + [session]
        var result: [String] = []
        for (depth, member) in line.enumerated() {
            let indent = depth == 0 ? "" : String(repeating: "   ", count: depth - 1) + "└─ "
            result.append(indent + text(of: member, color: color))
        }
        result += below(session.session, indent: String(repeating: "   ", count: line.count - 1), color: color)
        if family.isCut { result.append("...") }
        return result
    }

    private func below(_ name: SessionName, indent: String, color: Bool) -> [String] {
        let children = family.descendants.filter { $0.origin == name }
        return children.enumerated().flatMap { index, child -> [String] in
            let isLast = index == children.count - 1
            return [indent + (isLast ? "└─ " : "├─ ") + text(of: child, color: color)]
                + below(child.session, indent: indent + (isLast ? "   " : "│  "), color: color)
        }
    }

    /// `9: alice/mnist/2  running  larger steps`, with the checkpoint that it began with before its name.
    private func text(of member: FamilyMember, color: Bool) -> String {
        var edge = ""
        if let checkpoint = member.checkpoint {
            // One that does again what another did began with what that one began with.
            edge = checkpoint.session == member.origin ? "\(checkpoint.checkpoint): " : "\(checkpoint): "
        }
        let state = member.state.map { color ? SessionTable.color($0).applied(to: $0.rawValue) : $0.rawValue } ?? "(removed, or private)"
        let kind = member.type == .reproduction ? "  reproduces it" : ""
        let memo = member.memo.flatMap { $0.isEmpty || $0.hasPrefix("fork of ") ? nil : "  \($0)" } ?? ""
        let mark = member.session == session.session ? "  <- this" : ""
        return Escaping.line("\(edge)\(member.session)  ") + state + Escaping.line("\(kind)\(memo)") + mark
    }
}

/// A session's record with its family beside it.
struct InspectedSession: Encodable {
    var session: SessionRecord
    var family: Family

    private enum Keys: String, CodingKey { case family }

    func encode(to encoder: any Encoder) throws {
        try session.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(family, forKey: .family)
    }
}
