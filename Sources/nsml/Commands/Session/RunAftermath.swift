import API
import ArgumentParser
import Client

/// What `nsml run`, and whatever else starts a session, does once it exists.
struct RunAftermath {
    var options: ServerOptions
    var follow = false
    var interactive = false
    var wait = false
    var quiet = false

    /// Announces the session and, if that was asked, stays until it is over. The session as it ended, or nil when nobody waited for it.
    func see(_ session: SessionRecord, client: APIClient) async throws -> SessionRecord? {
        try await announce(session, client: client)
        return follow || interactive || wait ? try await attend(session.name, client: client) : nil
    }

    /// Waits a moment for the session to start, and says how it stands: the last line on standard output.
    func announce(_ created: SessionRecord, client: APIClient) async throws {
        let session = try await SessionWatch(client: client).session(created.name, within: .seconds(1)) {
            $0.startedAt != nil || $0.state.isFinal
        }
        let output = options.output
        if options.json { return try output.record(session) }
        if quiet { return try output.line(session.name.description) }
        // Sessions that only wait are told apart by their place in the queue.
        let waiting = session.state == .queued ? try await client.queue().first { $0.session == session.name } : nil
        try output.line(Self.announcement(session, waiting: waiting))
        guard !follow, !interactive, !wait else { return }
        if session.state == .queued {
            output.next(("nsml queue", "who waits, and why"), ("nsml stop \(session.name)", "take it back"))
        } else {
            output.next(("nsml logs -f \(session.name)", "what it prints"), ("nsml stop \(session.name)", "stop it"))
        }
    }

    /// `Session alice/mnist/1 is running`, or `... is queued (rank 2: waits for 1 GPU)`.
    static func announcement(_ session: SessionRecord, waiting: QueueEntry?) -> String {
        let subject = "Session \(session.name) is"
        switch session.state {
        case .running, .paused: return "\(subject) running"
        case .queued:
            guard let waiting else { return "\(subject) queued" }
            return Escaping.line("\(subject) queued (rank \(waiting.rank): \(waiting.reason))")
        case .failed: return Escaping.line("\(subject) failed" + (session.reason.map { ": \($0)" } ?? ""))
        default: return "\(subject) \(session.state.rawValue)"
        }
    }

    /// Stays until the session is over, and returns it as it ended; nil when it is gone. Ctrl-C ends with status 130.
    func attend(_ name: SessionName, client: APIClient) async throws -> SessionRecord? {
        let last = Slot<SessionRecord>()
        let interactive = interactive
        let shows = follow || interactive
        let sink = try OutputSink(output: options.output, form: options.json ? .json : .text)
        let interrupted = try await Interrupt.ends {
            do {
                if shows {
                    var follower = OutputFollower(client: client, session: name, sink: sink)
                    try await follower.print(follow: true)
                }
                last.value = try await SessionWatch(client: client).session(name) { $0.state.isFinal }
                // It was for looking at, and it has been looked at.
                if interactive { try await client.removeSession(name) }
            } catch let failure as Failure where failure.code == .notFound {
                // Somebody has removed it meanwhile.
                return
            }
        }
        guard !interrupted else {
            if interactive {
                try await client.removeSession(name, force: true)
                Output.note("\n\(name) is removed")
                return nil
            }
            Output.note("\n\(name) goes on; 'nsml logs -f \(name)' shows it, 'nsml stop \(name)' stops it")
            // Whoever wrote `nsml run --wait && deploy` did not mean this end.
            throw ExitCode(130)
        }
        if let session = last.value, !quiet { Output.note(SessionWatch.ending(of: session)) }
        return last.value
    }
}
