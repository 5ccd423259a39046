package import API
package import Foundation

/// JSON bodies, taken strictly: an object, each field once and known, nothing null, no nesting beyond reason.
package enum StrictJSON {
    package static func decode<Input: RequestBody>(_ type: Input.Type, from data: Data) throws -> Input {
        let shape = try JSONShape(of: data)
        guard case .object(let fields) = shape else {
            throw Failure(.invalidRequest, "the body must be a JSON object")
        }
        if let unknown = fields.keys.filter({ !Input.fields.contains($0) }).min() { throw Self.unknown(unknown, of: type) }
        let input: Input
        do {
            input = try Wire.decoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw Failure(.invalidRequest, describe(error))
        }
        // What is nested has no list of its fields: whatever is not found again in what was understood, was not understood.
        if shape.isNested, let understood = try? JSONSerialization.jsonObject(with: Wire.encoder().encode(input)),
            let unknown = shape.unknownKey(besides: understood)
        {
            throw Self.unknown(unknown, of: type)
        }
        return input
    }

    private static func unknown<Input: RequestBody>(_ field: String, of type: Input.Type) -> Failure {
        Failure(
            .invalidRequest, "the body has an unknown field '\(field.prefix(80))'",
            hint: "it may have \(Input.fields.sorted().joined(separator: ", "))")
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
