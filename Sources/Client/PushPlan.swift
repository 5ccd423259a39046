import API
import Content

/// In which requests content goes to the server. Pure.
struct PushPlan: Sendable {
    /// Files from this size on go alone, and can be resumed.
    static let largeBytes: Int64 = 1 << 20
    /// What a pack holds at first. On a slow way it stays so, because a pack that is interrupted is sent anew.
    static let firstPackBytes: Int64 = 8 << 20
    /// What it holds at most: the server flushes its disk and its database once for each.
    static let maximumPackBytes: Int64 = 32 << 20
    static let packFiles = 4096
    /// Packs grow as long as one takes less than this, and shrink when it takes four times as long.
    static let packTime = Duration.seconds(2)

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

    private var large: ArraySlice<Manifest.Entry>
    private var small: ArraySlice<Manifest.Entry>
    private(set) var packBytes = Self.firstPackBytes

    /// For `entries`, each content once. Large files come first, the largest of all at the front, so that the end is not one
    /// of them alone.
    init(_ entries: [Manifest.Entry]) {
        large = entries.filter { $0.size >= Self.largeBytes }.sorted { $0.size > $1.size }[...]
        small = entries.filter { $0.size < Self.largeBytes }[...]
    }

    /// What to send next; nil when all is on its way.
    mutating func next() -> Job? {
        if let entry = large.popFirst() { return .large(entry) }
        guard !small.isEmpty else { return nil }
        var bytes: Int64 = 0
        let pack = small.prefix(Self.packFiles).prefix { entry in
            bytes += entry.size
            return bytes <= packBytes
        }
        small = small.dropFirst(pack.count)
        return .pack(Array(pack))
    }

    /// Takes in how long a job took.
    mutating func sent(_ job: Job, in time: Duration) {
        guard case .pack = job else { return }
        if time < Self.packTime { packBytes = min(4 * packBytes, Self.maximumPackBytes) }
        if time > Self.packTime * 4 { packBytes = max(packBytes / 4, Self.firstPackBytes) }
    }

    /// Of entries with the same content the first.
    static func distinct(_ entries: [Manifest.Entry]) -> [Manifest.Entry] {
        var seen: Set<Digest> = []
        return entries.filter { seen.insert($0.digest).inserted }
    }
}
