import API
import ArgumentParser
import Client

struct DevicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gpustat",
        abstract: "Show the GPUs, what they do, and whose they are.",
        discussion: """
            EXAMPLES:
              nsml gpustat
              nsml gpustat alice/mnist/1              # those of one session
            """,
        aliases: ["gpus"])

    @Argument(help: "Only the GPUs of this session.", completion: .names(of: .sessions))
    var session: String?

    @OptionGroup(title: "Output") var table: TableOptions

    @OptionGroup var options: ServerOptions

    func run() async throws {
        let session = try session.map(SessionArgument.session)
        let devices = try await options.withClient { client in
            // A session that does not exist is a failure, not an empty list.
            if let session { _ = try await client.session(session) }
            return try await client.devices().filter { session == nil || $0.session == session }
        }
        guard !options.json else { return try options.output.record(devices) }
        if devices.isEmpty { Output.note(session.map { "\($0) holds no GPU" } ?? "this platform has no GPU") }
        try table.show(Self.table(devices), on: options.output)
    }

    static func table(_ devices: [DeviceStatus]) -> Table {
        var table = Table([
            .init("Node"), .init("GPU", .right), .init("Name", givesWay: true), .init("Use", .right), .init("Memory"),
            .init("Temperature", .right), .init("Power", .right), .init("Session"),
        ])
        for status in devices {
            let usage = status.usage
            let used = usage.memoryUsedBytes.map { "\(ByteSize.format($0)) of " } ?? ""
            table.add([
                .init(status.node), .init("\(status.device.index)"),
                .init(status.device.name + (status.device.isDeclared ? " (declared)" : "")),
                .init(usage.utilizationPercent.map { "\($0)%" } ?? "-"), .init(used + ByteSize.format(status.device.memoryBytes)),
                .init(usage.temperatureCelsius.map { "\($0) C" } ?? "-"), .init(usage.powerWatts.map { "\(Int($0.rounded())) W" } ?? "-"),
                .init(status.session?.description ?? "free", color: status.session == nil ? .green : nil),
            ])
        }
        return table
    }
}
