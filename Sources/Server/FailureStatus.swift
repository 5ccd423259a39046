package import API
package import HTTPTypes

extension Failure.Code {
    /// The HTTP status of each code; the only place that knows.
    package var status: HTTPResponse.Status {
        switch self {
        case .invalidName, .invalidValue: .unprocessableContent
        case .invalidRequest: .badRequest
        case .notLoggedIn: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .alreadyExists, .wrongState, .offsetGap, .staleEpoch: .conflict
        case .cannotFit: .unprocessableContent
        case .tooLarge: .contentTooLarge
        case .tooManyRequests: .tooManyRequests
        case .corruptContent: .gone
        case .storageFull, .overQuota: HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
        case .timeout: .gatewayTimeout
        case .sessionFailed, .inferenceFailed, .environmentFailed: .conflict
        case .serverUnreachable, .unavailable, .interrupted: .serviceUnavailable
        case .localError, .internal: .internalServerError
        }
    }
}
