import API
import Foundation

/// The order in which waiting sessions are considered.
///
/// By priority. Within one priority first those that were pushed out, by age: they have begun, and gave way. Then the session that
/// holds a node. Then the others, users taking turns by their share, each user's own by age.
struct Ranking {
    /// What decided that a session stands behind a younger one of its priority.
    struct Shares: Hashable {
        /// Whose turn comes first, and what each has used, in device-seconds.
        var first: UserName
        var firstUsed: Double
        var used: Double
        /// The other goes first because nothing of theirs has started for too long.
        var isOverdue: Bool
    }

    private(set) var order: [Scheduler.Request] = []
    /// Those of one priority among which users take turns.
    private struct Stretch {
        var range: Range<Int>
        var used: [(owner: UserName, seconds: Double)]
    }

    private var stretches: [Stretch] = []
    /// Who goes first because nothing of the owner's has started for too long.
    private var overdue: Set<Int64> = []

    init(_ scheduler: Scheduler, now: Date) {
        var rest = scheduler.waiting[...]
        while let priority = rest.first?.priority {
            let end = rest.firstIndex { $0.priority != priority } ?? rest.endIndex
            add(rest[..<end], of: scheduler, now: now)
            rest = rest[end...]
        }
    }

    private mutating func add(_ group: ArraySlice<Scheduler.Request>, of scheduler: Scheduler, now: Date) {
        let holder = scheduler.reservation?.id
        order += group.filter(\.hasBegun)
        order += group.filter { !$0.hasBegun && $0.id == holder }
        let others = group.filter { !$0.hasBegun && $0.id != holder }
        // Most often one user waits alone: then age decides, as it stands.
        guard let one = others.first?.owner, others.contains(where: { $0.owner != one }) else {
            order += others
            return
        }
        takeTurns(others, of: scheduler, now: now)
    }

    private struct Turn {
        let owner: UserName
        var waiting: [Scheduler.Request]
        /// Which of them is next.
        var index = 0
        var level: Double
        let used: Double
        /// Since when nothing of the owner's has started, when that is too long ago.
        var overdueSince: Date?

        init(_ first: Scheduler.Request, share: FairShare, lastStart: [Scheduler.Line: Date], now: Date) {
            owner = first.owner
            waiting = [first]
            level = share.level(of: owner, now: now)
            used = share.used(by: owner, now: now)
            let since = max(first.waitingSince, lastStart[Scheduler.Line(owner: owner, priority: first.priority)] ?? .distantPast)
            if now.timeIntervalSince(since) >= FairShare.longestTurn { overdueSince = since }
        }

        var head: Scheduler.Request? { index < waiting.count ? waiting[index] : nil }

        func comesBefore(_ other: Turn) -> Bool {
            guard let mine = head, let its = other.head else { return head != nil }
            if overdueSince != other.overdueSince {
                guard let since = overdueSince else { return false }
                return other.overdueSince.map { since < $0 } ?? true
            }
            let (one, two) = ((level / FairShare.grain).rounded(.down), (other.level / FairShare.grain).rounded(.down))
            if one != two { return one < two }
            return mine.isOlder(than: its)
        }
    }

    private mutating func takeTurns(_ group: [Scheduler.Request], of scheduler: Scheduler, now: Date) {
        var turns: [Turn] = []
        for request in group {
            if let index = turns.firstIndex(where: { $0.owner == request.owner }) {
                turns[index].waiting.append(request)
            } else {
                turns.append(Turn(request, share: scheduler.share, lastStart: scheduler.lastStart, now: now))
            }
        }
        let from = order.count
        while let next = turns.indices.min(by: { turns[$0].comesBefore(turns[$1]) }), let request = turns[next].head {
            order.append(request)
            // Considered is as good as started: the others' turn comes before the next of this user's.
            turns[next].level += request.shareDevices * FairShare.grain
            if turns[next].overdueSince != nil { overdue.insert(request.id) }
            turns[next].overdueSince = nil
            turns[next].index += 1
        }
        stretches.append(Stretch(range: from..<order.count, used: turns.map { ($0.owner, $0.used) }))
    }

    /// What decided that a session stands behind a younger one of its priority; nil when age alone, or something else, did.
    func shares(at index: Int) -> Shares? {
        guard let stretch = stretches.first(where: { $0.range.contains(index) }) else { return nil }
        let request = order[index]
        guard let younger = order[stretch.range.lowerBound..<index].first(where: { request.isOlder(than: $0) }) else { return nil }
        func used(by owner: UserName) -> Double { stretch.used.first { $0.owner == owner }?.seconds ?? 0 }
        return Shares(
            first: younger.owner, firstUsed: used(by: younger.owner), used: used(by: request.owner), isOverdue: overdue.contains(younger.id)
        )
    }
}
