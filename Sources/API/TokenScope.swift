/// What a token is good for. A token without scopes is good for all that its user may do.
package enum TokenScope: String, Codable, Sendable, CaseIterable {
    /// Looking at things, and fetching them.
    case read
    /// Sending, starting, changing and removing things.
    case run
    /// Asking models.
    case serve
    /// What only administrators do.
    case admin
}

extension Endpoint {
    /// What a limited token must be good for.
    package enum Need: Sendable, Hashable {
        case nothing
        case scope(TokenScope)
        /// Only a token without limits will do: what is made is good for everything.
        case everything
    }

    package var need: Need {
        if audience == .everyone || self == Endpoints.signOut || self == Endpoints.whoami { return .nothing }
        if audience == .admin { return .scope(.admin) }
        if [Endpoints.addToken, Endpoints.removeToken, Endpoints.addSignInCode].contains(self) { return .everything }
        if self == Endpoints.infer { return .scope(.serve) }
        // The list of what is wanted is too long for an address.
        let fetches = [Endpoints.datasetContent, Endpoints.codeContent, Endpoints.checkpointContent].contains(self)
        return .scope(method == .get || fetches ? .read : .run)
    }
}

extension Identity {
    /// Whether the caller's token is good for it. What its user may do is another question.
    package func isGood(for endpoint: Endpoint) -> Bool {
        guard let scopes else { return true }
        return switch endpoint.need {
        case .nothing: true
        case .scope(let scope): scopes.contains(scope)
        case .everything: false
        }
    }
}
