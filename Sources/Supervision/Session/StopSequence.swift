import API
import Foundation
import Logging

/// Ends a session's process: a checkpoint first where the code can make one, then SIGTERM, then SIGKILL.
struct StopSequence: Sendable {
    /// What the checkpoint of a stopped session is called.
    static let checkpointName = "stopped"

    let process: SessionProcess
    let control: ControlClient
    let log: Logger

    /// Returns when the process has been told to end and, if it had to be, was killed. `ended` happens when it is gone.
    func run(_ stop: ShippedRecord.Stop, ended: Occurrence) async throws {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(max(0, stop.graceSeconds))
        if stop.save { await save(limit: .seconds(stop.graceSeconds / 2)) }
        process.terminate()
        if await happens(ended, before: end) { return }
        log.notice("the process did not end in its grace time and is killed")
        try await onOwnThread { [process] in process.killAll() }
    }

    /// Has the library save; says nothing when it cannot.
    private func save(limit: Duration) async {
        guard limit > .zero, let state = await control.state(limit: min(limit, .seconds(2))), state.bound?.save == true else { return }
        do {
            let answer = try await control.request("save", parameters: ["name": Self.checkpointName], limit: limit)
            if let failure = answer.failure { log.info("no checkpoint before the stop", metadata: ["why": "\(failure.message)"]) }
        } catch {
            log.info("no checkpoint before the stop", metadata: ["why": "\(error)"])
        }
    }

    private func happens(_ occurrence: Occurrence, before end: ContinuousClock.Instant) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            // Cancelled by the other: no error of anybody.
            group.addTask { (try? await occurrence.wait()) != nil }
            group.addTask { (try? await Task.sleep(until: end)) == nil }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }
}
