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
            try .json(try await platform.datasets.add(try await call.json(), to: call.dataset, by: call.identity), status: .created)
        }
        on(Endpoints.listDatasetFiles) { call in
            let version = try await platform.datasets.version(call.datasetVersion, for: call.identity)
            return try .json(try platform.contents.files(of: version.manifest, limit: Int(call.integer("limit") ?? 100)))
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
}
