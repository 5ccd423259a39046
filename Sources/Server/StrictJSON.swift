package import API
package import Foundation

/// JSON bodies, taken strictly: an object, no unknown fields, no nesting beyond reason.
package enum StrictJSON {
    private static let maximumDepth = 64

    package static func decode<Input: RequestBody>(_ type: Input.Type, from data: Data) throws -> Input {
        try checkDepth(data)
        let object: Any
        do {
            object = try JSONSerialization.jsonObject(with: data)
        } catch {
            throw Failure(.invalidRequest, "the body is no JSON")
        }
        guard let fields = object as? [String: Any] else {
            throw Failure(.invalidRequest, "the body must be a JSON object")
        }
        if let unknown = fields.keys.filter({ !Input.fields.contains($0) }).min() {
            throw Failure(
                .invalidRequest, "the body has an unknown field '\(unknown.prefix(80))'",
                hint: "it may have \(Input.fields.sorted().joined(separator: ", "))")
        }
        do {
            return try Wire.decoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw Failure(.invalidRequest, describe(error))
        }
    }

    /// Counted before parsing: a deep body must not use up the parser's stack.
    private static func checkDepth(_ data: Data) throws {
        var (depth, isInString, isEscaped) = (0, false, false)
        for byte in data {
            switch byte {
            case _ where isEscaped: isEscaped = false
            case 0x5C where isInString: isEscaped = true
            case 0x22: isInString.toggle()
            case 0x5B where !isInString, 0x7B where !isInString:
                depth += 1
                guard depth <= maximumDepth else { throw Failure(.invalidRequest, "the body is nested deeper than \(maximumDepth)") }
            case 0x5D where !isInString, 0x7D where !isInString: depth -= 1
            default: break
            }
        }
    }

    private static func describe(_ error: DecodingError) -> String {
        func path(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
            (context.codingPath + [key].compactMap { $0 }).map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context): return "the body lacks the field '\(path(context, key))'"
        case .typeMismatch(_, let context), .valueNotFound(_, let context): return "the field '\(path(context))' has the wrong type"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty ? "the body is no JSON" : "the field '\(path(context))' has a bad value"
        @unknown default: return "the body could not be read"
        }
    }
}
