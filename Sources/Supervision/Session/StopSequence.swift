import API
import Foundation
import Logging

/// Ends a session's process: a checkpoint first where the code can make one, then SIGTERM, then SIGKILL. Or, for a pause of code that
/// cannot load what it saves, holds it where it is.
struct StopSequence: Sendable {
    /// What became of it.
    enum Outcome: Sendable, Equatable {
        /// The process was told to end.
        case told
        /// It was not wanted any more, or differently, before the process was told anything.
        case calledOff
        /// The code is held at a safe point, with its place.
        case held
        /// It can neither give its place back nor be held; why.
        case refused(String)
    }

    /// What the checkpoints are called that nobody's code asked for. `Platform` knows these names as well.
    static func checkpointName(for stop: ShippedRecord.Stop) -> String {
        switch stop.yield {
        case nil: "stopped"
        case .pause: "paused"
        case .preempt: "preempted"
        }
    }

    /// How long code that is to be held may take until it uses the library.
    private static let importLimit: Duration = .seconds(10)

    let process: SessionProcess
    let control: ControlClient
    let log: Logger
    /// Whether the stop is still wanted as it is.
    let isWanted: @Sendable (ShippedRecord.Stop) -> Bool
    /// Notes that the process is about to be told.
    let telling: @Sendable () -> Void

    /// Returns when the process has been told to end and, if it had to be, was killed. `ended` happens when it is gone.
    func run(_ stop: ShippedRecord.Stop, ended: Occurrence) async throws -> Outcome {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(max(0, stop.graceSeconds))
        let isSaved = stop.save ? await save(stop) : false
        guard isWanted(stop) else { return .calledOff }
        if stop.yield == .pause, !isSaved { return await hold(stop) }
        telling()
        process.terminate()
        if await happens(ended, before: end) { return .told }
        log.notice("the process did not end in its grace time and is killed")
        try await onOwnThread { [process] in process.killAll() }
        return .told
    }

    /// Has the library save; says nothing when it cannot. Given up when the stop is called off.
    private func save(_ stop: ShippedRecord.Stop) async -> Bool {
        let limit = Duration.seconds(stop.graceSeconds / 2)
        guard limit > .zero, let bound = await control.state(limit: min(limit, .seconds(2)))?.bound, bound.save else { return false }
        // What cannot be loaded frees no place.
        if stop.yield == .pause, !bound.load { return false }
        return await withTaskGroup(of: Bool?.self) { group in
            group.addTask { await requestSave(Self.checkpointName(for: stop), limit: limit) }
            group.addTask {
                // Ends with the other, or when it is of no use any more.
                while isWanted(stop), (try? await Task.sleep(for: .milliseconds(50))) != nil {}
                return nil
            }
            defer { group.cancelAll() }
            return (await group.next()).flatMap { $0 } ?? false
        }
    }

    private func requestSave(_ name: String, limit: Duration) async -> Bool {
        do {
            let answer = try await control.request("save", parameters: ["name": name], limit: limit)
            guard let failure = answer.failure else { return true }
            log.info("no checkpoint before the stop", metadata: ["why": "\(failure.message)"])
        } catch {
            log.info("no checkpoint before the stop", metadata: ["why": "\(error)"])
        }
        return false
    }

    private func hold(_ stop: ShippedRecord.Stop) async -> Outcome {
        let limit = Duration.seconds(stop.graceSeconds)
        let clock = ContinuousClock()
        let end = clock.now + min(limit, Self.importLimit)
        do {
            // Code that began a moment ago may not have come to its imports yet.
            let answer = try await ControlClient.whenSomebodyListens(while: { isWanted(stop) && clock.now < end }) {
                try await control.request("hold", limit: limit)
            }
            guard let failure = answer.failure else { return .held }
            return .refused("cannot be paused: \(failure.message)")
        } catch let error as SystemError where error.meansNobodyListens {
            guard isWanted(stop) else { return .calledOff }
            return .refused("cannot be paused: its code does not use the nsml library, so there is no safe point to hold it at")
        } catch {
            return .refused("cannot be paused: it did not reach a safe point (report, save or paused) in time")
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
