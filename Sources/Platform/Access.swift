package import API

/// Who may do what to which object: the only place where that is decided.
///
/// What one may not see does not exist for one (404); what one may see but not change is refused as forbidden (403).
package enum Access {
    package static func mayRead(_ session: SessionRecord, _ identity: Identity) -> Bool {
        !session.isPrivate || owns(session.name.user, identity)
    }

    package static func mayChange(_ session: SessionRecord, _ identity: Identity) -> Bool {
        identity.session == nil && owns(session.name.user, identity)
    }

    package static func mayChange(_ dataset: DatasetRecord, _ identity: Identity) -> Bool {
        identity.session == nil && owns(dataset.owner, identity)
    }

    /// Tokens of a user are that user's, and the administrators'.
    package static func mayManageTokens(of user: UserName, _ identity: Identity) -> Bool {
        identity.session == nil && owns(user, identity)
    }

    private static func owns(_ owner: UserName, _ identity: Identity) -> Bool {
        // A session reads with its owner's eyes, but never with an administrator's.
        identity.user == owner || (identity.role == .admin && identity.session == nil)
    }
}
