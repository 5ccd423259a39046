import API
import Foundation
import HTTPTypes
import Hummingbird
import Platform

extension RouteTable {
    mutating func addSessionRoutes(_ platform: Platform) {
        on(Endpoints.listSessions) { call in
            try .json(try await platform.sessions.list(try SessionQuery(queryItems: call.queryItems), for: call.identity))
        }
        on(Endpoints.addSession) { call in
            let session = try await platform.sessions.run(try await call.json(), by: call.identity)
            call.concerns(session.name)
            return try .json(session, status: .created)
        }
        on(Endpoints.getSession) { call in
            try .json(
                try await platform.sessions.get(
                    call.session, afterEvent: call.integer("afterEvent"), waitSeconds: call.waitSeconds(), for: call.identity))
        }
        on(Endpoints.changeSession) { call in
            try .json(try await platform.sessions.change(call.session, try await call.json(), by: call.identity))
        }
        on(Endpoints.removeSession) { call in
            try await platform.sessions.remove(call.session, force: call.flag("force"), by: call.identity)
            return try .done()
        }
        on(Endpoints.pauseSession) { call in
            try .json(try await platform.pauses.pause(call.session, try await call.json(), by: call.identity))
        }
        on(Endpoints.resumeSession) { call in
            try .json(try await platform.pauses.resume(call.session, by: call.identity))
        }
        on(Endpoints.stopSession) { call in
            try .json(try await platform.sessions.stop(call.session, try await call.json(), by: call.identity))
        }
        on(Endpoints.forkSession) { call in
            try .json(try await platform.lineage.fork(call.session, try await call.json(), by: call.identity), status: .created)
        }
        on(Endpoints.sessionFamily) { call in
            try .json(try await platform.lineage.family(of: call.session, for: call.identity))
        }
        on(Endpoints.reproduceSession) { call in
            try .json(
                try await platform.reproductions.reproduce(call.session, try await call.json(), by: call.identity), status: .created)
        }
        on(Endpoints.sessionEnvironment) { call in
            try .json(try await platform.reproductions.environment(of: call.session, for: call.identity))
        }
        on(Endpoints.compareSessions) { call in
            let other = try SessionName(parsing: call.required("with"))
            return try .json(try await platform.reproductions.compare(call.session, with: other, for: call.identity))
        }
        on(Endpoints.sessionEvents) { call in
            try .json(
                try await platform.sessions.events(
                    call.session, after: call.integer("after") ?? 0, limit: call.pageLimit(), for: call.identity))
        }
        on(Endpoints.listMetrics) { call in
            try .json(Page(items: try await platform.sessions.metrics(call.session, for: call.identity)))
        }
        on(Endpoints.series) { call in
            try .json(
                try await platform.sessions.series(
                    call.session, metric: call.required("name"), fromStep: call.integer("fromStep"), toStep: call.integer("toStep"),
                    points: Int(call.integer("points") ?? 1500), for: call.identity))
        }
        on(Endpoints.sessionUsage) { call in
            let points = Int(try call.integer("points") ?? 300)
            return try .json(Page(items: try await platform.sessions.usage(call.session, points: points, for: call.identity)))
        }
        on(Endpoints.codeManifest) { call in
            .bytes(try platform.contents.manifestBytes(try await platform.sessions.codeManifest(call.session, for: call.identity)))
        }
        on(Endpoints.codeContent) { call in
            let manifest = try await platform.sessions.codeManifest(call.session, for: call.identity)
            return try Self.pack(try await call.json(), of: manifest, platform)
        }
        on(Endpoints.listSessionFiles) { call in
            try .json(try await platform.files.list(call.session, for: call.identity))
        }
        on(Endpoints.sessionFile) { call in
            let file = try await platform.files.open(call.required("path"), of: call.session, for: call.identity)
            return .stream(FileChunks(descriptor: file.descriptor, length: file.bytes), length: file.bytes)
        }
        on(Endpoints.sessionOutput) { call in try await Self.output(call, platform) }
    }

    private static func output(_ call: Call, _ platform: Platform) async throws -> Response {
        let start: SessionOutputService.Start =
            if let lines = try call.integer("tailLines") {
                .lastLines(Int(lines))
            } else if let milliseconds = try call.integer("sinceMilliseconds") {
                .since(Date(timeIntervalSince1970: Double(milliseconds) / 1000))
            } else {
                .offset(try call.integer("offset") ?? 0)
            }
        let limit = try call.integer("limit") ?? Int64(SessionOutputService.maximumPieceBytes)
        let piece = try await platform.output.read(
            call.session, from: start, limit: Int(max(1, limit)), waitSeconds: call.waitSeconds(), for: call.identity)
        var headers = HTTPFields()
        headers[.outputOffset] = "\(piece.offset)"
        headers[.outputNextOffset] = "\(piece.nextOffset)"
        headers[.outputEnd] = "\(piece.isEnd)"
        if try call.flag("times") {
            let times = try await platform.output.times(of: piece, call.session, for: call.identity)
            headers[.outputTimes] = times.suffix(1000).map { "\($0.offset)=\($0.milliseconds)" }.joined(separator: ",")
        }
        return .bytes(piece.bytes, headers: headers)
    }
}

extension HTTPField.Name {
    // The names are literals of the grammar of field names: the fallback is never taken.
    static let outputOffset = HTTPField.Name("nsml-offset") ?? .contentRange
    static let outputNextOffset = HTTPField.Name("nsml-next-offset") ?? .contentRange
    static let outputEnd = HTTPField.Name("nsml-end") ?? .contentRange
    /// With `?times=true`: `OFFSET=MILLISECONDS` joined by commas; what lies from OFFSET on arrived then or later.
    static let outputTimes = HTTPField.Name("nsml-times") ?? .contentRange
}
