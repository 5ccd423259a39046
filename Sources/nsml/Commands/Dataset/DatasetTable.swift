import API
import Foundation

/// Datasets as `nsml dataset ls` shows them.
enum DatasetTable {
    static func make(_ datasets: [DatasetRecord], now: Date = Date()) -> Table {
        var table = Table([
            .init("Name"), .init("Size", .right), .init("Last Modified"), .init("Author"), .init("Description", givesWay: true),
            .init("Tag", givesWay: true),
        ])
        for dataset in datasets {
            let settings = dataset.settings
            var tags = settings.tags.map { "#\($0)" }
            if settings.isPrivate { tags.append("(private)") }
            table.add([
                .init(dataset.name.rawValue), .init(ByteSize.format(dataset.version.bytes)),
                .init(TimeSpan.ago(dataset.version.createdAt, now: now)), .init(dataset.owner.rawValue), .init(settings.description),
                .init(tags.joined(separator: " ")),
            ])
        }
        return table
    }
}
