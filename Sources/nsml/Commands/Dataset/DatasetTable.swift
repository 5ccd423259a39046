import API
import Foundation

/// Datasets as `nsml dataset ls` shows them.
enum DatasetTable {
    static func make(_ datasets: [DatasetRecord], now: Date = Date()) -> Table {
        var table = Table([
            .init("Name"), .init("Size", .right), .init("Last Modified"), .init("Author", dispensability: 1),
            .init("Description", givesWay: true, dispensability: 3), .init("Tag", givesWay: true, dispensability: 2),
            .init("Version", .right, isExtra: true), .init("Files", .right, isExtra: true), .init("Metric", isExtra: true),
            .init("Order", isExtra: true), .init("Created", isExtra: true),
        ])
        for dataset in datasets {
            let settings = dataset.settings
            var tags = settings.tags.map { "#\($0)" }
            if settings.isPrivate { tags.append("(\(privacy(of: dataset)))") }
            table.add([
                .init(dataset.name.rawValue), .bytes(dataset.version.bytes), .ago(dataset.version.createdAt, now: now),
                .init(dataset.owner.rawValue), .init(settings.description), .init(tags.joined(separator: " ")),
                .init("\(dataset.version.number)"), .init("\(dataset.version.fileCount)"), .init(settings.metric ?? "-"),
                .init(settings.metric == nil ? "-" : settings.order.rawValue), .ago(dataset.createdAt, now: now),
            ])
        }
        return table
    }

    /// `private`, or `private, also for bob, carol`.
    static func privacy(of dataset: DatasetRecord) -> String {
        guard let readers = dataset.readers, !readers.isEmpty else { return "private" }
        return "private, also for \(readers.map(\.rawValue).joined(separator: ", "))"
    }
}
