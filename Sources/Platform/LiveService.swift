package import API
package import Store
import Synchronization

/// Tells listeners what happens, as it happens. Each asks for the next events when it has sent the ones before, so a slow one delays
/// nobody and nothing is kept for it.
package struct LiveService: Sendable {
    /// Each holds a connection and a task.
    private static let maximumListeners = 4000

    private let store: Store
    private let feed: Feed
    private let directory: DataDirectory
    private let listeners = Listeners()

    package init(store: Store, feed: Feed, directory: DataDirectory) {
        self.store = store
        self.feed = feed
        self.directory = directory
    }

    /// Of one session: its record, its output from `offset` on (nil: none), and metrics with new values; ends with the session.
    package func session(_ name: SessionName, outputFrom offset: Int64?, for identity: Identity) async throws -> SessionFollower {
        // What one may not see is refused at once, and not by a stream that breaks off.
        _ = try await store.read { try $0.visibleSession(name, to: identity) }
        return SessionFollower(
            name: name, identity: identity, offset: offset, store: store, feed: feed, directory: directory, place: try place())
    }

    /// Of all: that something changed, at most once a second; what, is for the listener to ask.
    package func all() throws -> AllFollower { AllFollower(feed: feed, place: try place()) }

    private func place() throws -> Listeners.Place {
        guard let place = listeners.enter(limit: Self.maximumListeners) else {
            throw Failure(.tooManyRequests, "too many pages are open at this platform", hint: "close some")
        }
        return place
    }
}

/// What listeners are told.
package enum LiveEvent: Sendable {
    case session(SessionRecord)
    case output(OutputText)
    /// Those that got values since the last time.
    case metrics([MetricSummary])
    /// There are new images, sounds, histograms or tables; the number of the newest.
    case media(Int64)
    /// There are new figures of what it uses; how far they are known.
    case usage(Int64)
    /// Some session or dataset changed.
    case changed
    /// Nothing happened: so that a connection that is gone is found out.
    case beat
    /// There will be no more.
    case end
}

/// How many listen.
final class Listeners: Sendable {
    /// One of them; given back when nobody holds it any more.
    final class Place: Sendable {
        private let listeners: Listeners
        fileprivate init(_ listeners: Listeners) { self.listeners = listeners }
        deinit { listeners.count.withLock { $0 -= 1 } }
    }

    private let count = Mutex(0)

    func enter(limit: Int) -> Place? {
        let isFree = count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        return isFree ? Place(self) : nil
    }
}

enum LiveLimits {
    /// After so long the listener comes again, and is asked anew who it is.
    static let maximumDuration: Duration = .seconds(30)
    static let beatSeconds: Double = 10
    /// How long changes are gathered before they are told: far below what an eye takes for a delay.
    static let gathering: Duration = .milliseconds(250)
    static let gatheringOfAll: Duration = .seconds(1)
    /// One event carries at most so much output.
    static let pieceBytes = 128 << 10
}

/// Where one listener of all sessions stands.
package actor AllFollower {
    private let feed: Feed
    private let place: Listeners.Place
    private let end = ContinuousClock.now + LiveLimits.maximumDuration
    private var told: Feed.Ticket?

    init(feed: Feed, place: Listeners.Place) {
        self.feed = feed
        self.place = place
    }

    /// What to tell next, as soon as there is something; nil when it is over.
    package func next() async throws -> [LiveEvent]? {
        guard ContinuousClock.now < end, !feed.isClosed else { return nil }
        if let told {
            await feed.wait(for: Feed.everything, after: told, seconds: LiveLimits.beatSeconds)
            try await Task.sleep(for: LiveLimits.gatheringOfAll)
        }
        let now = feed.ticket(for: Feed.everything)
        defer { told = now }
        return [now == told ? .beat : .changed]
    }
}
