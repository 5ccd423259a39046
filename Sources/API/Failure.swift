import Foundation

/// The one error that reaches people: what happened, in their words, and what to do about it.
///
/// On the wire it is a problem document (RFC 9457) with the extra members `code` and `hint`; on the command line one line
/// on standard error and an exit status. Clients compare `code`, never the text.
package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, for programs. The set only grows.
    package enum Code: String, Codable, Sendable, CaseIterable {
        case invalidName = "invalid_name"
        case invalidValue = "invalid_value"
        case invalidRequest = "invalid_request"
        case notLoggedIn = "not_logged_in"
        case forbidden
        case methodNotAllowed = "method_not_allowed"
        case notFound = "not_found"
        case alreadyExists = "already_exists"
        case wrongState = "wrong_state"
        /// A stream was sent from an offset that the server does not have yet; `offset` says where to go on.
        case offsetGap = "offset_gap"
        /// A message of an earlier placement of the session.
        case staleEpoch = "stale_epoch"
        case cannotFit = "cannot_fit"
        case tooLarge = "too_large"
        case tooManyRequests = "too_many_requests"
        case corruptContent = "corrupt_content"
        case storageFull = "storage_full"
        /// More than the user may have.
        case overQuota = "over_quota"
        case timeout
        case serverUnreachable = "server_unreachable"
        case sessionFailed = "session_failed"
        case inferenceFailed = "inference_failed"
        case environmentFailed = "environment_failed"
        case unavailable
        case localError = "local_error"
        case interrupted
        case `internal`
    }

    package var code: Code
    /// What happened: lower case, no full stop, with the value that was wrong.
    package var message: String
    /// What to do next, if that can be said.
    package var hint: String?
    /// For `offsetGap`: the offset in bytes from which the server wants the stream.
    package var offset: Int64?
    /// For `tooManyRequests`: how long to wait. It travels as `Retry-After`.
    package var retryAfterSeconds: Double?

    package init(_ code: Code, _ message: String, hint: String? = nil, offset: Int64? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.offset = offset
    }

    package var description: String { hint.map { "\(message); \($0)" } ?? message }
}

extension Failure {
    package static func invalidName(_ noun: String, _ text: String) -> Failure {
        Failure(
            .invalidName, "'\(text)' is no name for a \(noun)",
            hint: "use letters, digits, '.', '_' and '-', beginning with a letter or a digit, 64 at most")
    }

    package static func invalidSessionName(_ text: String) -> Failure {
        Failure(.invalidName, "'\(text)' is no session", hint: "write USER/DATASET/N, as in alice/mnist/1; 'nsml ps -a' lists them")
    }

    package static func invalidValue(_ what: String, _ value: String, expected: String) -> Failure {
        Failure(.invalidValue, "\(what) '\(value)' is not valid", hint: "expected \(expected)")
    }

    package static func noSuch(_ noun: String, _ name: some CustomStringConvertible, hint: String? = nil) -> Failure {
        Failure(.notFound, "there is no \(noun) '\(name)'", hint: hint)
    }

    package static func noSession(_ name: SessionName) -> Failure {
        noSuch("session", name, hint: "'nsml ps -a' lists yours")
    }

    package static func noDataset(_ name: some CustomStringConvertible) -> Failure {
        noSuch("dataset", name, hint: "'nsml dataset ls' lists them; 'nsml dataset push \(name) PATH' makes one")
    }

    package static func noCheckpoint(_ reference: CheckpointReference) -> Failure {
        noSuch("checkpoint", reference, hint: "'nsml model ls \(reference.session)' lists them")
    }

    package static func exists(_ noun: String, _ name: some CustomStringConvertible, hint: String? = nil) -> Failure {
        Failure(.alreadyExists, "the \(noun) '\(name)' exists already", hint: hint)
    }

    package static func notLoggedIn(_ why: String = "not logged in") -> Failure {
        Failure(.notLoggedIn, why, hint: "'nsml login URL' logs in with a token; 'nsml up' starts a platform on this machine")
    }

    package static func forbidden(_ action: String) -> Failure {
        Failure(.forbidden, "you may not \(action)", hint: "ask its owner or an administrator")
    }

    /// - Parameter bytes: how much more is wanted; nil: no more is taken at all.
    package static func overQuota(_ user: UserName, stored: Int64, limit: Int64, bytes: Int64? = nil) -> Failure {
        let more = bytes.map { ", and this needs \(ByteText.of($0)) more" } ?? ""
        return Failure(
            .overQuota, "\(user) stores \(ByteText.of(stored)) of the \(ByteText.of(limit)) allowed\(more)",
            hint: "make room with 'nsml dataset rm' and 'nsml model rm', or ask an administrator ('nsml user quota \(user)')")
    }

    package static func wrongState(_ session: SessionName, _ state: SessionState, needed: String) -> Failure {
        Failure(.wrongState, "session \(session) is \(state.rawValue)", hint: needed)
    }

    package static func tooLarge(_ what: String, bytes: Int64, limit: Int64) -> Failure {
        Failure(.tooLarge, "\(what) has \(bytes) bytes", hint: "the limit is \(limit) bytes")
    }
}

/// A failure as it travels: a problem document.
package struct Problem: Codable, Sendable {
    package var type: String
    package var title: String
    package var status: Int
    package var code: Failure.Code
    package var detail: String
    package var hint: String?
    package var offset: Int64?
    /// The request's id, found again in the server's log.
    package var requestId: String?

    package init(_ failure: Failure, status: Int, requestId: String?) {
        type = "about:blank"
        title = failure.code.rawValue.replacingOccurrences(of: "_", with: " ")
        self.status = status
        code = failure.code
        detail = failure.message
        hint = failure.hint
        offset = failure.offset
        self.requestId = requestId
    }

    package var failure: Failure { Failure(code, detail, hint: hint, offset: offset) }
}
