package import Foundation

/// One thing that somebody did, or tried to do.
package struct AuditEntry: Codable, Sendable, Hashable {
    package var number: Int64
    package var time: Date
    /// The user; `USER (session NAME)` for a session; `platform` for the platform itself.
    package var actor: String
    /// In the words of the command line: `user add`.
    package var action: String
    package var object: String
    /// `ok`, or the code of the failure.
    package var result: String
    /// From where: an address, or `local` for what came through the machine itself.
    package var address: String
    /// Over this entry and all before it, in hexadecimal.
    package var hash: String

    package init(
        number: Int64, time: Date, actor: String, action: String, object: String, result: String, address: String, hash: String
    ) {
        self.number = number
        self.time = time
        self.actor = actor
        self.action = action
        self.object = object
        self.result = result
        self.address = address
        self.hash = hash
    }
}

/// Which entries of the audit log one wants, newest first. Patterns know `*` and `?`.
package struct AuditQuery: Sendable, Hashable {
    package var actor: String?
    package var action: String?
    package var object: String?
    package var since: Date?
    package var onlyFailures = false
    package var limit: Int
    /// Only entries with a smaller number.
    package var before: Int64?

    package init(limit: Int = 100) { self.limit = limit }

    /// What is at its default is left out, but for the limit.
    package var queryItems: [(String, String)] {
        var items: [(String, String)] = []
        if let actor { items.append(("actor", actor)) }
        if let action { items.append(("action", action)) }
        if let object { items.append(("object", object)) }
        if let since { items.append(("since", Wire.format(since))) }
        if onlyFailures { items.append(("failures", "true")) }
        items.append(("limit", "\(limit)"))
        if let before { items.append(("after", "\(before)")) }
        return items
    }
}
