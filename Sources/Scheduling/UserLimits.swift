package import API

/// How much of a user's may run at a time. Who has reached the limit waits, and stands in nobody's way.
extension Scheduler {
    /// nil: as much as fits.
    struct Limit: Sendable, Hashable {
        var sessions: Int?
        var gpus: Int?
    }

    /// What a user's sessions hold together.
    struct Holding: Sendable, Hashable {
        var sessions = 0
        var gpus = 0

        mutating func add(_ resources: Resources, times: Int = 1) {
            sessions += times
            gpus += times * resources.gpus
        }
    }

    /// - Parameter promised: what is about to be the owner's besides.
    func isWithinLimit(_ request: Request, promised: Holding = Holding()) -> Bool {
        guard let limit = limits[request.owner] else { return true }
        let held = held[request.owner] ?? Holding()
        if let sessions = limit.sessions, held.sessions + promised.sessions >= sessions { return false }
        guard let gpus = limit.gpus, request.resources.gpus > 0 else { return true }
        return held.gpus + promised.gpus + request.resources.gpus <= gpus
    }

    /// Why a session of this user could never run, by the user's own limit; nil when it could.
    package func whyNever(_ resources: Resources, for owner: UserName) -> String? {
        if let gpus = limits[owner]?.gpus, resources.gpus > gpus {
            return "it asks for \(Figures.gpus(resources.gpus)), and \(owner) may have \(gpus) at a time"
        }
        if limits[owner]?.sessions == 0 { return "\(owner) may run no sessions" }
        return nil
    }

    /// Why the owner's limit keeps it waiting; nil when that does not.
    func limitReason(_ request: Request) -> String? {
        guard let limit = limits[request.owner], !isWithinLimit(request) else { return nil }
        let held = held[request.owner] ?? Holding()
        if let sessions = limit.sessions, held.sessions >= sessions {
            return "waits for another session of \(request.owner) to end: \(held.sessions) of the \(sessions) allowed at a time run"
        }
        let gpus = limit.gpus ?? 0
        return
            "waits for \(Figures.gpus(request.resources.gpus)): \(request.owner) has \(held.gpus) of the \(gpus) allowed at a time"
    }
}
