package import API

/// About sessions that are made from others.
extension APIClient {
    /// Makes a session from another; it is queued when this returns.
    package func fork(_ name: SessionName, _ request: ForkRequest) async throws -> SessionRecord {
        try await call(Endpoints.forkSession, name.parameters, body: request, timeoutSeconds: 60)
    }

    package func family(of name: SessionName) async throws -> Family {
        try await call(Endpoints.sessionFamily, name.parameters)
    }

    /// Has a session done again; it is queued when this returns.
    package func reproduce(_ name: SessionName, _ request: ReproductionRequest) async throws -> SessionRecord {
        try await call(Endpoints.reproduceSession, name.parameters, body: request, timeoutSeconds: 60)
    }

    /// What a session's code ran with; `not_found` for one that has not started.
    package func environment(of name: SessionName) async throws -> EnvironmentRecord {
        try await call(Endpoints.sessionEnvironment, name.parameters)
    }

    /// Whether two sessions reported the same.
    package func compare(_ name: SessionName, with other: SessionName) async throws -> SessionComparison {
        try await call(Endpoints.compareSessions, name.parameters, query: [("with", other.description)], timeoutSeconds: 120)
    }
}
