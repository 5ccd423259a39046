import API
import Foundation
import Testing

/// `docs/api/openapi.yaml`, read as far as these tests need: by its indentation, which the file keeps strictly.
private struct OpenAPIFile {
    struct Operation: Hashable {
        var method: String
        var path: String
        var audience: String
        var hasBody: Bool
    }

    private(set) var operations: Set<Operation> = []
    private(set) var operationNames: [String] = []
    /// The names of the properties of each schema that is an object.
    private(set) var properties: [String: Set<String>] = [:]
    private(set) var failureCodes: Set<String> = []

    init() throws {
        let file = repository.appending(path: "docs/api/openapi.yaml")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        readOperations(Self.section("paths:", to: "components:", of: lines))
        readSchemas(Self.section("  schemas:", to: nil, of: lines))
    }

    private static func section(_ start: String, to end: String?, of lines: [String]) -> [String] {
        let tail = lines.drop { $0 != start }.dropFirst()
        return Array(tail.prefix { $0 != end })
    }

    private static func key(_ line: String, indentation: Int) -> String? {
        let spaces = line.prefix { $0 == " " }.count
        guard spaces == indentation, let colon = line.range(of: ":", range: line.index(line.startIndex, offsetBy: spaces)..<line.endIndex)
        else { return nil }
        return String(line[..<colon.lowerBound].dropFirst(spaces))
    }

    private mutating func readOperations(_ lines: [String]) {
        var path = ""
        var operation: Operation?
        for line in lines {
            if let next = Self.key(line, indentation: 2) { path = next }
            if let method = Self.key(line, indentation: 4) {
                if let operation { operations.insert(operation) }
                operation = Operation(method: method.uppercased(), path: path, audience: "", hasBody: false)
            }
            if line.hasPrefix("      x-audience: ") { operation?.audience = String(line.dropFirst(18)) }
            if line.hasPrefix("      requestBody:") { operation?.hasBody = true }
            if line.hasPrefix("      operationId: ") { operationNames.append(String(line.dropFirst(19))) }
        }
        if let operation { operations.insert(operation) }
    }

    private mutating func readSchemas(_ lines: [String]) {
        var schema = ""
        var isInProperties = false
        for line in lines {
            if let next = Self.key(line, indentation: 4) { (schema, isInProperties) = (next, false) }
            if let part = Self.key(line, indentation: 6) { isInProperties = part == "properties" }
            if isInProperties, let property = Self.key(line, indentation: 8) { properties[schema, default: []].insert(property) }
            if schema == "FailureCode", line.hasPrefix("        - ") { failureCodes.insert(String(line.dropFirst(10))) }
        }
    }
}

private let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

/// The stored properties of every struct that `Sources/API` declares, as they are called on the wire.
private func declaredRecords() throws -> [String: Set<String>] {
    let directory = repository.appending(path: "Sources/API")
    var records: [String: Set<String>] = [:]
    for file in try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
    where file.pathExtension == "swift" {
        var record: String?
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("package struct ") { record = line.dropFirst(15).prefix { $0.isLetter || $0.isNumber }.description }
            if line == "}" { record = nil }
            guard let record, line.hasPrefix("    package var "), !line.contains("{") else { continue }
            records[record, default: []].insert(line.dropFirst(16).prefix { $0 != ":" }.description)
        }
    }
    return records
}

@Suite("The public description of the API")
struct OpenAPITests {
    @Test("it has every endpoint with its audience and whether it takes a body, and no other")
    func endpoints() throws {
        let declared = Endpoints.all.map { endpoint in
            OpenAPIFile.Operation(
                method: endpoint.method.rawValue,
                path: endpoint.path.replacing(/:(\w+)/) { "{\($0.output.1)}" }.replacing("**", with: "{path}"),
                audience: endpoint.audience.rawValue, hasBody: endpoint.body != .none)
        }
        let described = try OpenAPIFile().operations
        #expect(Set(declared).subtracting(described) == [], "declared, and not described")
        #expect(described.subtracting(declared) == [], "described, and not declared")
        #expect(Set(declared).count == Endpoints.all.count)
    }

    @Test("operations are named once")
    func names() throws {
        let names = try OpenAPIFile().operationNames
        #expect(names.count == Endpoints.all.count)
        #expect(Set(names).count == names.count)
    }

    @Test("its records have the fields that ours have")
    func records() throws {
        let described = try OpenAPIFile().properties
        let declared = try declaredRecords()
        for (schema, fields) in described where declared[schema] != nil { #expect(declared[schema] == fields, "\(schema)") }
        #expect(described.keys.filter { declared[$0] == nil }.sorted() == ["Done", "Health"].filter { described[$0] != nil })
        for name in ["SessionRecord", "DatasetRecord", "CheckpointRecord", "NewSession", "Problem", "ServerStatus"] {
            #expect(described[name] != nil, "\(name)")
        }
    }

    @Test("it knows every code of a failure")
    func failures() throws {
        #expect(try OpenAPIFile().failureCodes == Set(Failure.Code.allCases.map(\.rawValue)))
    }

    @Test("the fields that a body may have are those that it has")
    func bodies() throws {
        let declared = try declaredRecords()
        let bodies: [(String, Set<String>)] = [
            ("DigestList", DigestList.fields), ("NewUser", NewUser.fields), ("NewToken", NewToken.fields),
            ("NewDatasetVersion", NewDatasetVersion.fields), ("DatasetChange", DatasetChange.fields), ("NewSession", NewSession.fields),
            ("ForkRequest", ForkRequest.fields), ("ReproductionRequest", ReproductionRequest.fields),
            ("SessionChange", SessionChange.fields), ("StopRequest", StopRequest.fields), ("SessionProgress", SessionProgress.fields),
            ("NewCheckpoint", NewCheckpoint.fields), ("NewSubmission", NewSubmission.fields),
            ("NewQuestion", NewQuestion.fields),
        ]
        for (name, fields) in bodies { #expect(declared[name] == fields, "\(name)") }
    }
}
