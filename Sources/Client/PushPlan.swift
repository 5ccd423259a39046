import API
import Content

/// In which requests content goes to the server. Pure.
struct PushPlan: Sendable, Equatable {
    /// Files from this size on go alone, and can be resumed.
    static let largeBytes: Int64 = 1 << 20
    /// A pack is sent when it has about so many bytes, or so many files.
    static let packBytes: Int64 = 8 << 20
    static let packFiles = 4096

    /// One request, or a resumable series of them for a large file.
    enum Job: Sendable, Equatable {
        case large(Manifest.Entry)
        case pack([Manifest.Entry])

        var bytes: Int64 {
            switch self {
            case .large(let entry): entry.size
            case .pack(let entries): entries.reduce(0) { $0 + $1.size }
            }
        }
    }

    private(set) var jobs: [Job] = []

    /// `entries` without those whose content the server has, each content once. Large files come first, the largest of all
    /// at the front, so that the end is not one of them alone.
    init(_ entries: [Manifest.Entry]) {
        jobs = entries.filter { $0.size >= Self.largeBytes }.sorted { $0.size > $1.size }.map { .large($0) }
        var pack: [Manifest.Entry] = []
        var bytes: Int64 = 0
        for entry in entries where entry.size < Self.largeBytes {
            if bytes + entry.size > Self.packBytes || pack.count == Self.packFiles {
                jobs.append(.pack(pack))
                (pack, bytes) = ([], 0)
            }
            pack.append(entry)
            bytes += entry.size
        }
        if !pack.isEmpty { jobs.append(.pack(pack)) }
    }

    /// Of entries with the same content the first.
    static func distinct(_ entries: [Manifest.Entry]) -> [Manifest.Entry] {
        var seen: Set<Digest> = []
        return entries.filter { seen.insert($0.digest).inserted }
    }
}
