package import API
package import Content
import Foundation
package import Store

/// The machines and what they do.
package struct NodeService: Sendable {
    private let store: Store
    private let configuration: PlatformConfiguration
    private let directory: DataDirectory
    private let content: ContentStore
    private let deviceUsage: @Sendable () -> [DeviceUsage]
    private let startedAt = Date()

    package init(
        store: Store, configuration: PlatformConfiguration, directory: DataDirectory, content: ContentStore,
        deviceUsage: @escaping @Sendable () -> [DeviceUsage]
    ) {
        self.store = store
        self.configuration = configuration
        self.directory = directory
        self.content = content
        self.deviceUsage = deviceUsage
    }

    package func status() async throws -> ServerStatus {
        let counts = try await store.read { try $0.countSessions() }
        let damaged = try content.damaged().count
        let damage =
            damaged == 0 ? [] : ["\(damaged) piece\(damaged == 1 ? "" : "s") of content damaged: 'nsml check' says what needs them"]
        return ServerStatus(
            version: Version.current, startedAt: startedAt, processId: Int(ProcessInfo.processInfo.processIdentifier),
            node: configuration.node,
            sessionsQueued: counts.queued, sessionsActive: counts.active, freeDiskBytes: directory.freeBytes(),
            notes: [store.fault?.description].compactMap(\.self) + configuration.notes + damage)
    }

    /// Every GPU, what it does, and whose it is; a session that the caller may not see is not named.
    package func devices(for identity: Identity) async throws -> [DeviceStatus] {
        let active = try await store.read { try $0.sessions(in: SessionState.active) }.filter(\.record.holdsPlace)
        let usage = Dictionary(deviceUsage().map { ($0.index, $0) }) { first, _ in first }
        return configuration.node.devices.map { device in
            let holder = active.first { $0.record.placement?.devices.contains(device.index) == true }
            let name = holder.flatMap { !$0.isBeingRemoved && Access.mayRead($0.record, identity) ? $0.record.name : nil }
            return DeviceStatus(
                node: configuration.node.name, device: device, usage: usage[device.index] ?? DeviceUsage(index: device.index), session: name
            )
        }
    }
}
