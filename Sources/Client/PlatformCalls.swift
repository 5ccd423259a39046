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
}
