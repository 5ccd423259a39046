import API
import Client
import Foundation

/// Stays with a submission until it is over, and says what happens to it.
struct SubmissionWatch {
    private static let waitSeconds = 20.0

    let client: APIClient
    let output: Output
    /// Say nothing but the result.
    let isQuiet: Bool

    /// The submission as it ended; nil when Ctrl-C was pressed.
    func follow(_ made: SubmissionRecord) async throws -> SubmissionRecord? {
        let last = Slot<SubmissionRecord>()
        let interrupted = try await Interrupt.ends { last.value = try await self.watch(made) }
        guard !interrupted else {
            Output.note("\nsubmission \(made.number) goes on; 'nsml submit --status \(made.number)' shows what comes of it")
            return nil
        }
        return last.value
    }

    private func watch(_ made: SubmissionRecord) async throws -> SubmissionRecord {
        if let session = made.session { say("Session \(session) \(made.isTest ? "tests" : "scores") \(made.checkpoint)") }
        async let shown: Void = show(made)
        var record = made
        var queue = ""
        while !record.status.isFinal {
            if record.status == .queued, let place = try await place(of: record), place != queue {
                queue = place
                say(place)
            }
            // A place in the queue changes without a change of the submission.
            let wait = record.status == .queued ? 2 : Self.waitSeconds
            let next = try await client.submission(record.number, afterChange: record.changeNumber, waitSeconds: wait)
            tell(from: record, to: next)
            record = next
        }
        try await shown
        return record
    }

    /// What a test prints, as it comes.
    private func show(_ made: SubmissionRecord) async throws {
        guard made.isTest, !isQuiet, let session = made.session else { return }
        var follower = OutputFollower(client: client, session: session, sink: try OutputSink(output: output, form: .text))
        do {
            try await follower.print(follow: true)
        } catch let failure as Failure where failure.code == .notFound {
            // Somebody has removed it meanwhile.
            return
        }
    }

    private func place(of record: SubmissionRecord) async throws -> String? {
        guard let session = record.session, let entry = try await client.queue().first(where: { $0.session == session }) else { return nil }
        return "queued (rank \(entry.rank): \(entry.reason))"
    }

    private func tell(from old: SubmissionRecord, to new: SubmissionRecord) {
        if new.attempts > old.attempts { say("the platform failed, and begins anew: attempt \(new.attempts); this does not count") }
        if old.status == .queued, new.status == .running, let session = new.session { say("\(session): Session ready") }
        if new.loadSeconds != nil, old.loadSeconds == nil, let seconds = new.loadSeconds {
            say("Load model: \(seconds) s")
            say("Inference must finish within \(Int(new.inferLimitSeconds)) seconds.")
        }
        if old.inferSeconds == nil, let seconds = new.inferSeconds { say("Test set: \(seconds) s") }
    }

    private func say(_ text: String) {
        guard !isQuiet else { return }
        Output.note(Escaping.line(text))
    }
}
