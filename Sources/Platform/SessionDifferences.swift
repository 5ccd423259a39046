import API

/// What is not the same about two sessions, beside what they reported, as sentences: a pure function of what is kept of them.
struct SessionDifferences {
    /// More packages than these are counted and not named.
    private static let named = 10

    var session: SessionRecord
    var other: SessionRecord
    /// What each ran with; nil: nobody said.
    var record: EnvironmentRecord?
    var otherRecord: EnvironmentRecord?

    var sentences: [String] {
        var sentences: [String] = []
        func compare(_ what: String, _ left: String, _ right: String) {
            if left != right { sentences.append("\(what): \(Self.shown(left)) here, \(Self.shown(right)) there") }
        }
        if session.workspace != other.workspace { sentences.append("code: the files are not the same") }
        compare("entry", session.entry, other.entry)
        compare("arguments", session.argumentLine.joined(separator: " "), other.argumentLine.joined(separator: " "))
        compare(
            "data", session.datasets.map(\.description).joined(separator: ", "), other.datasets.map(\.description).joined(separator: ", "))
        compare("checkpoint", session.parent?.description ?? "", other.parent?.description ?? "")
        compare("GPUs", "\(session.resources.gpus)", "\(other.resources.gpus)")
        compare("CPUs", "\(session.resources.cpus)", "\(other.resources.cpus)")
        guard let record, let otherRecord else {
            return sentences + ["packages, processor and devices: not known of both"]
        }
        compare("Python", record.python, otherRecord.python)
        sentences += packages(record, otherRecord)
        for name in Set(record.variables.keys).union(otherRecord.variables.keys).sorted() {
            compare("variable \(name)", record.variables[name] ?? "", otherRecord.variables[name] ?? "")
        }
        compare("device", record.devices.joined(separator: ", "), otherRecord.devices.joined(separator: ", "))
        compare("driver", record.driver ?? "", otherRecord.driver ?? "")
        compare("processor", record.processor, otherRecord.processor)
        compare("host", record.node, otherRecord.node)
        compare("system", record.system, otherRecord.system)
        return sentences
    }

    private static func shown(_ text: String) -> String { text.isEmpty ? "none" : text }

    private func packages(_ record: EnvironmentRecord, _ otherRecord: EnvironmentRecord) -> [String] {
        let changes = PackageChange.between(otherRecord.packages, record.packages)
        let sentences = changes.prefix(Self.named).map { change in
            "package \(change.name): \(change.new ?? "none") here, \(change.old ?? "none") there"
        }
        return sentences + (changes.count > Self.named ? ["\(changes.count - Self.named) more packages differ"] : [])
    }
}
