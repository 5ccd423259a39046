import API
import Hummingbird
import Platform

extension RouteTable {
    mutating func addDatasetRoutes(_ platform: Platform) {
        on(Endpoints.listDatasets) { call in
            try .json(
                try await platform.datasets.list(
                    pattern: call.text("pattern"), limit: call.pageLimit(), after: call.text("after"), for: call.identity))
        }
        on(Endpoints.getDataset) { call in
            try .json(try await platform.datasets.get(call.dataset, for: call.identity))
        }
        on(Endpoints.changeDataset) { call in
            try .json(try await platform.datasets.change(call.dataset, try await call.json(), by: call.identity))
        }
        on(Endpoints.removeDataset) { call in
            try await platform.datasets.remove(call.dataset, by: call.identity)
            return try .done()
        }
        on(Endpoints.listVersions) { call in
            try .json(Page(items: try await platform.datasets.versions(of: call.dataset, for: call.identity)))
        }
        on(Endpoints.addVersion) { call in
            let dataset = try await platform.datasets.add(try await call.json(), to: call.dataset, by: call.identity)
            call.concerns("\(dataset.name)@\(dataset.version.number)")
            return try .json(dataset, status: .created)
        }
        on(Endpoints.listDatasetFiles) { call in
            let version = try await platform.datasets.version(call.datasetVersion, for: call.identity)
            return try .json(try platform.contents.files(of: version.manifest, limit: call.listLimit(unless: 100)))
        }
        on(Endpoints.datasetManifest) { call in
            let version = try await platform.datasets.version(call.datasetVersion, for: call.identity)
            return .bytes(try platform.contents.manifestBytes(version.manifest))
        }
        on(Endpoints.datasetContent) { call in
            let version = try await platform.datasets.version(call.datasetVersion, for: call.identity)
            return try Self.pack(try await call.json(), of: version.manifest, platform)
        }
    }
    mutating func addBoardRoutes(_ platform: Platform) {
        on(Endpoints.board) { call in
            try .json(try await platform.boards.board(of: call.dataset, limit: call.listLimit(), for: call.identity))
        }
        on(Endpoints.boardHistory) { call in
            try .json(
                Page(items: try await platform.boards.history(of: call.dataset, limit: try call.pageLimit(), for: call.identity)))
        }
        on(Endpoints.submit) { call in
            try .json(
                try await platform.submissions.submit(call.session, try await call.json(), by: call.identity), status: .created)
        }
        on(Endpoints.listSubmissions) { call in
            try .json(
                try await platform.submissions.list(
                    dataset: try call.text("dataset").map { try DatasetName(parsing: $0) },
                    source: try call.text("session").map { try SessionName(parsing: $0) }, everyone: call.flag("everyone"),
                    limit: call.pageLimit(), after: call.text("after"), for: call.identity))
        }
        on(Endpoints.getSubmission) { call in
            try .json(
                try await platform.submissions.get(
                    call.submission, afterChange: call.integer("afterChange"), waitSeconds: call.waitSeconds(), for: call.identity))
        }
        on(Endpoints.submissionOutput) { call in
            .bytes(try await platform.submissions.output(of: call.submission, for: call.identity))
        }
    }
}

extension Call {
    fileprivate var submission: Int64 { get throws { try number("number") } }
}
