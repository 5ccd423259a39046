/// Which sessions a TensorBoard is wanted of.
package struct NewTensorBoard: RequestBody {
    package static let fields: Set<String> = ["sessions"]
    package static let maximumSessions = 50
    package var sessions: [SessionName]

    package init(sessions: [SessionName]) { self.sessions = sessions }
}

/// A TensorBoard that somebody has asked for.
package struct TensorBoardRecord: Codable, Sendable {
    /// Where it is seen, below the platform's address. Whoever has it sees what it shows, until who asked for it is signed out; so it is a secret.
    package var path: String
    /// The session in which it runs.
    package var session: SessionName
    package var state: SessionState
    /// Whether it can be looked at.
    package var isReady: Bool
    /// Why it cannot, as a sentence for a person.
    package var reason: String?

    package init(path: String, session: SessionName, state: SessionState, isReady: Bool, reason: String?) {
        self.path = path
        self.session = session
        self.state = state
        self.isReady = isReady
        self.reason = reason
    }
}
