import API
import Foundation
import HTTPTypes
import Hummingbird
import Platform

extension RouteTable {
    mutating func addCheckpointRoutes(_ platform: Platform) {
        on(Endpoints.listCheckpoints) { call in
            try .json(Page(items: try await platform.checkpoints.list(of: call.session, for: call.identity)))
        }
        on(Endpoints.addCheckpoint) { call in
            try .json(
                try await platform.checkpoints.add(try await call.json(), to: call.session, by: call.identity), status: .created)
        }
        on(Endpoints.removeCheckpoints) { call in
            try .json(
                Page(items: try await platform.checkpoints.remove(call.required("checkpoint"), of: call.session, by: call.identity)))
        }
        on(Endpoints.checkpointManifest) { call in
            let record = try await platform.checkpoints.get(call.checkpoint, for: call.identity)
            return .bytes(try platform.contents.manifestBytes(record.manifest))
        }
        on(Endpoints.checkpointContent) { call in
            let record = try await platform.checkpoints.get(call.checkpoint, for: call.identity)
            return try Self.pack(try await call.json(), of: record.manifest, platform)
        }
        on(Endpoints.listCheckpointFiles) { call in
            let record = try await platform.checkpoints.get(call.checkpoint, for: call.identity)
            return try .json(try platform.contents.files(of: record.manifest, limit: call.listLimit(unless: 100)))
        }
        on(Endpoints.checkpointFile) { call in
            let record = try await platform.checkpoints.get(call.checkpoint, for: call.identity)
            let file = try platform.contents.file(call.required("path"), of: record.manifest)
            return .stream(file.chunks, length: file.bytes)
        }
        on(Endpoints.infer) { call in
            let parameters = Dictionary(call.queryItems.filter { $0.0 != "checkpoint" }) { first, _ in first }
            let answer = try await platform.inference.infer(
                call.checkpoint, contentType: call.request.headers[.contentType] ?? "application/octet-stream", parameters: parameters,
                body: Data(try await call.bytes()), by: call.identity)
            return .bytes(Array(answer.body), type: AnswerType.allowed(answer.contentType))
        }
    }

    mutating func addSupervisorRoutes(_ platform: Platform) {
        on(Endpoints.putStream) { call in
            let name = try call.parameter("stream")
            guard let stream = SessionStream(rawValue: name) else {
                throw Failure.noSuch("stream", name, hint: "there are journal, output and usage")
            }
            let offset = try await platform.supervision.put(
                try await call.bytes(), to: stream, of: call.session, offset: call.integer("offset") ?? 0, epoch: try call.epoch())
            return try .json(offset)
        }
        on(Endpoints.progress) { call in
            try await platform.supervision.progress(try await call.json(), of: call.session)
            return try .done()
        }
        on(Endpoints.commands) { call in
            try .json(
                try await platform.supervision.commands(
                    of: call.session, after: call.integer("after") ?? 0, epoch: try call.epoch(), waitSeconds: call.waitSeconds()))
        }
        on(Endpoints.answerCommand) { call in
            let answer = InferenceAnswer(
                contentType: call.request.headers[.contentType] ?? "application/octet-stream", body: Data(try await call.bytes()),
                failure: call.text("failure"))
            try await platform.supervision.answered(call.number("command"), of: call.session, with: answer)
            return try .done()
        }
    }
}

extension Call {
    fileprivate func epoch() throws -> Int {
        guard let epoch = try integer("epoch") else { throw Failure(.invalidRequest, "the query lacks 'epoch'") }
        return Int(epoch)
    }
}

/// What a model may call its answer; anything else is passed on as plain bytes, so that no browser runs it.
enum AnswerType {
    private static let known: Set<String> = [
        "application/json", "application/octet-stream", "text/plain", "image/png", "image/jpeg", "image/gif", "image/webp", "audio/wav",
        "audio/mpeg", "audio/ogg", "audio/flac", "text/csv",
    ]

    static func allowed(_ type: String) -> String {
        let bare = type.split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespaces).lowercased() } ?? ""
        guard known.contains(bare) else { return "application/octet-stream" }
        return bare.hasPrefix("text/") || bare == "application/json" ? "\(bare); charset=utf-8" : bare
    }
}
