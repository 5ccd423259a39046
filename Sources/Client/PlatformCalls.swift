package import API

/// About the platform itself.
extension APIClient {
    /// Returns when the platform answers that it is well; needs no token.
    package func health(timeoutSeconds: Double = 5) async throws {
        _ = try await bytes(Endpoints.health, maximumBytes: 1 << 16, timeoutSeconds: timeoutSeconds)
    }

    package func status() async throws -> ServerStatus { try await call(Endpoints.status) }

    /// Whose token this is.
    package func whoami() async throws -> Identity { try await call(Endpoints.whoami) }

    /// The sessions that wait, in the order in which they are considered.
    package func queue() async throws -> [QueueEntry] { try await call(Endpoints.queue, as: Page<QueueEntry>.self).items }

    package func devices() async throws -> [DeviceStatus] { try await call(Endpoints.devices, as: Page<DeviceStatus>.self).items }

    /// Entries of the audit log, newest first; for administrators.
    package func audit(_ query: AuditQuery) async throws -> Page<AuditEntry> {
        try await call(Endpoints.audit, query: query.queryItems)
    }

    package func startCheck(_ request: CheckRequest) async throws -> CheckRecord { try await call(Endpoints.startCheck, body: request) }

    /// The check that runs, or ran last; with a wait, as soon as it has got on.
    package func check(waitSeconds: Double = 0) async throws -> CheckRecord {
        try await call(Endpoints.getCheck, query: [("waitSeconds", "\(waitSeconds)")], timeoutSeconds: waitSeconds + 30)
    }

    package func cancelCheck() async throws -> CheckRecord { try await call(Endpoints.cancelCheck) }
}
