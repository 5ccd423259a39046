package import API
import GRDB

/// What others than its owner see of a dataset's version.
package struct DatasetPublicPart: Sendable, Hashable {
    /// The digest of a manifest without what is hidden; the version's own where nothing is.
    package var manifest: Digest
    package var fileCount: Int
    package var bytes: Int64
    /// Over what decides a score: the hidden test part and the evaluation. Scores with equal ones compare.
    package var scoring: Digest

    package init(manifest: Digest, fileCount: Int, bytes: Int64, scoring: Digest) {
        self.manifest = manifest
        self.fileCount = fileCount
        self.bytes = bytes
        self.scoring = scoring
    }
}

extension Transaction {
    package func publicPart(of name: DatasetName, version: Int) throws -> DatasetPublicPart? {
        try first(
            "SELECT manifest, fileCount, bytes, scoring FROM datasetPublic WHERE dataset = ? AND version = ?", [name.rawValue, version]
        ) { columns in
            DatasetPublicPart(
                manifest: try columns.digest(), fileCount: columns.int(), bytes: columns.integer(), scoring: try columns.digest())
        }
    }

    package func setPublicPart(_ part: DatasetPublicPart, of name: DatasetName, version: Int) throws {
        try execute(
            """
            INSERT INTO datasetPublic (dataset, version, manifest, fileCount, bytes, scoring) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """, [name.rawValue, version, part.manifest.column, part.fileCount, part.bytes, part.scoring.column])
    }

    /// Versions that were pushed before the platform told the public part from the rest.
    package func versionsWithoutPublicPart() throws -> [(name: DatasetName, number: Int, manifest: Digest)] {
        try all(
            """
            SELECT v.dataset, v.number, v.manifest FROM datasetVersion v
            WHERE NOT EXISTS (SELECT 1 FROM datasetPublic p WHERE p.dataset = v.dataset AND p.version = v.number)
            """
        ) { columns in (columns.dataset(), columns.int(), try columns.digest()) }
    }
}
